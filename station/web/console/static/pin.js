// The PIN pad. The digits live here and nowhere else. Without it the field posts what is typed.
import { refresh, show } from "./live.js";

let digits = [];
let pad = null;

/** The pad of the page that is shown now; digits typed for another are forgotten. */
function began() {
  const next = document.querySelector("form[data-pin]");
  if (!next || next.action !== pad?.action) digits = [];
  pad = next;
  pad?.classList.add("pad");
  for (const each of pad?.querySelectorAll("[hidden]") ?? []) each.hidden = false;
  pad?.querySelector("input[name=pin]").setAttribute("disabled", "");
  dots();
}

function dots() {
  if (!pad) return;
  const row = pad.querySelector(".dots");
  row.setAttribute("aria-label", `${row.dataset.said} ${digits.length} / ${pad.dataset.pin}`);
  [...row.children].forEach((dot, at) => dot.classList.toggle("set", at < digits.length));
}

function press(key) {
  if (key === "delete") digits.pop();
  else if (key === "enter") return void send();
  else if (digits.length < Number(pad.dataset.pin)) digits.push(key);
  dots();
}

/** Hands the digits over and forgets them, whatever becomes of it. */
async function send() {
  if (digits.length !== Number(pad.dataset.pin)) return;
  const body = new URLSearchParams({ csrf: pad.elements.csrf.value, pin: digits.join("") });
  digits.fill("");
  digits = [];
  dots();
  try {
    const answer = await fetch(pad.action, { method: "POST", body });
    if (answer.redirected && answer.url !== location.href) return location.replace(answer.url);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    refresh();
  }
}

document.addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]");
  if (!key || !pad?.contains(key)) return;
  event.preventDefault();
  press(key.dataset.key);
});
document.addEventListener("keydown", (event) => {
  if (!pad || event.ctrlKey || event.altKey || event.metaKey) return;
  const onButton = event.target.closest("button, a, summary") && event.key === "Enter";
  const key = /^[0-9]$/.test(event.key) ? event.key : { Backspace: "delete", Delete: "delete", Enter: onButton ? "" : "enter" }[event.key];
  if (!key || event.repeat) return;
  event.preventDefault();
  press(key);
});
document.addEventListener("shown", began);
began();
