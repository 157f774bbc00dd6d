// Only in a demo: tells the developers' panel around this display which offer the QR code shows.
const panel = document.querySelector('meta[name="panel-origin"]')?.content;
let told = "";

function tell() {
  const uri = document.querySelector("[data-offer-uri]")?.dataset.offerUri ?? "";
  if (uri === told) return;
  told = uri;
  window.parent.postMessage({ type: "offer", uri }, panel);
}

if (panel && window.parent !== window) {
  const watched = { subtree: true, childList: true, attributes: true, attributeFilter: ["data-offer-uri"] };
  new MutationObserver(tell).observe(document.documentElement, watched);
  tell();
}
