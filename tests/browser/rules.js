// What axe finds against a page; `only`: names of rules, or all of them.
async (only) => {
  const asked = only ? { runOnly: { type: "rule", values: only } } : {};
  const { violations } = await axe.run(document, { ...asked, resultTypes: ["violations"] });
  const told = (node) => `${node.html.slice(0, 160)} ${node.any.map((each) => each.message).join("; ")}`;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${told(node)}`));
}
