// What finds no room on a page: it scrolls sideways, sticks out, or is cut off.
// A table may scroll for itself (WCAG 2.2, 1.4.10); what is for the ear only needs no room.
() => {
  const wide = document.documentElement.clientWidth;
  const faults = [];
  const page = document.documentElement.scrollWidth;
  if (page > wide) faults.push(`the page scrolls: ${page} > ${wide}`);
  for (const each of document.querySelectorAll("body, body *")) {
    if (each.closest(".scroll, .sr-only, .skip, svg, [hidden]")) continue;
    const box = each.getBoundingClientRect();
    const style = getComputedStyle(each);
    if (!box.width || !box.height || style.visibility === "hidden" || style.clipPath !== "none") continue;
    const said = `${each.tagName} ${each.className}: ${each.textContent.trim().slice(0, 40)}`;
    if (box.right > wide + 1 || box.left < -1) faults.push(`sticks out: ${said}`);
    const block = style.display !== "inline" && each.clientWidth;
    if (block && each.scrollWidth > each.clientWidth + 1) faults.push(`has no room: ${said}`);
    if (style.overflowY === "hidden" && each.scrollHeight > each.clientHeight + 1) faults.push(`is cut: ${said}`);
  }
  return faults;
}
