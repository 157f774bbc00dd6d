// What a hostile page tries on the console of whoever opened it. Answers with what it got hold of.
async ({ console: station, number }) => {
  const got = [];
  const patience = 20000;
  const posts = [`/cases/${number}/cancel`, `/cases/${number}/refuse`, "/open-display", "/sign-out", "/display/consents"];
  const pages = ["/", `/cases/${number}`, `/cases/${number}/portrait`, "/display", "/static/live.js", "/sign-in"];
  const outcome = (start) => new Promise((done) => (start(done), setTimeout(done, patience, "nothing happened")));
  const put = (tag, attributes, done) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.addEventListener("load", () => done("loaded"));
    made.addEventListener("error", () => done("refused"));
    document.body.append(made);
    return made;
  };

  // Requests by script, with whatever cookies go along.
  for (const path of posts)
    for (const mode of ["cors", "no-cors"])
      try {
        const body = new URLSearchParams({ csrf: "", answer: "agree" });
        const answer = await fetch(station + path, { method: "POST", mode, credentials: "include", body });
        if (answer.type !== "opaque") got.push(`POST ${path}: ${answer.status}`);
      } catch { /* refused, as it must be */ }
  for (const path of pages)
    for (const mode of ["cors", "no-cors"])
      try {
        const answer = await fetch(station + path, { mode, credentials: "include" });
        if (answer.type !== "opaque" || (await answer.text())) got.push(`GET ${path}: ${answer.status}`);
      } catch { /* refused */ }
  for (const path of posts) navigator.sendBeacon(station + path, new URLSearchParams({ csrf: "" }));

  // Parts of a page.
  for (const [tag, name, path] of [
    ["img", "src", `/cases/${number}/portrait`], ["script", "src", "/static/live.js"], ["img", "src", "/static/icon.svg"],
    ["script", "src", `/cases/${number}`], ["link", "href", "/static/console.css"],
  ]) {
    const more = tag === "link" ? { rel: "stylesheet" } : {};
    const said = await outcome((done) => put(tag, { [name]: station + path, ...more }, done));
    if (said !== "refused") got.push(`<${tag}> ${path}: ${said}`);
  }

  // Frames: what cannot be read may still be clicked, so that none may show the console.
  for (const path of ["/", `/cases/${number}`, "/display", "/sign-in"]) {
    let frame;
    await outcome((done) => (frame = put("iframe", { src: station + path }, done)));
    try {
      got.push(`frame ${path}: ${frame.contentWindow.document.title}`);
    } catch { /* another origin */ }
    if (frame.contentWindow.length) got.push(`frame ${path} holds frames`);
  }

  // A form into a frame.
  for (const path of posts)
    for (const enctype of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const name = `f${Math.random()}`;
      const sent = outcome((done) => put("iframe", { name }, () => {}).addEventListener("load", (event) => event.target.sent && done("answered")));
      const form = Object.assign(document.createElement("form"), { action: station + path, method: "post", target: name, enctype });
      document.body.append(form);
      document.getElementsByName(name)[0].sent = true;
      form.submit();
      await sent;
    }

  // Streams and sockets.
  const stream = await outcome((done) => {
    const source = new EventSource(`${station}/cases/${number}/events`, { withCredentials: true });
    source.onopen = source.onmessage = () => done("open");
    source.onerror = () => (source.close(), done("refused"));
  });
  if (stream !== "refused") got.push(`events: ${stream}`);
  const socket = await outcome((done) => {
    const wire = new WebSocket(station.replace("http", "ws") + `/cases/${number}/events`);
    wire.onopen = () => done("open");
    wire.onerror = wire.onclose = () => done("refused");
  });
  if (socket !== "refused") got.push(`socket: ${socket}`);

  // A window of its own: nothing is to be had of it, and it hears nothing.
  const opened = window.open(station + "/", "victim");
  addEventListener("message", (event) => got.push(`message: ${event.data}`));
  if (opened) {
    await outcome((done) => {
      const look = setInterval(() => opened.closed && (clearInterval(look), done("cut off")), 50);
    }).then((said) => said === "cut off" || got.push(`window: ${said}`));
    try {
      got.push(`window: ${opened.document.title}`);
    } catch { /* another origin */ }
    opened.postMessage({ type: "offer", uri: "openid-credential-offer://evil" }, "*");
  }
  return got;
}
