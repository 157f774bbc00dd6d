// Keeps a page up to date and counts down. Without it every page works by reload.
const main = document.querySelector("main");
const away = document.querySelector(".away");

// The answer to a form stands where the form was: who loads it again sends nothing again.
const { at } = document.body.dataset;
if (location.pathname + location.search !== at) history.replaceState(null, "", at);

// ---- The page as the server has it now ------------------------------------------------------

/** What tells a form from others: where it goes, and which of those it is. */
function nameOf(form) {
  const same = [...document.forms].filter((each) => each.action === form.action);
  return `${form.action} ${same.indexOf(form)}`;
}

const KEPT = "input:not([type=hidden], [type=password]), select, textarea";

/** What a person changed, by form and name; passwords are never kept. */
function typed() {
  const kept = new Map();
  for (const input of main.querySelectorAll(KEPT)) {
    if (!input.form || !input.name) continue;
    const ticked = input.type === "radio" || input.type === "checkbox";
    const changed = ticked ? input.checked !== input.defaultChecked : input.value !== input.defaultValue;
    if (changed) kept.set(keyOf(input), ticked ? input.checked : input.value);
  }
  return kept;
}

function keyOf(element) {
  const own = element.id || `${element.name || element.textContent.trim()}=${element.type === "radio" ? element.value : ""}`;
  return `${element.form ? nameOf(element.form) : ""} ${element.tagName} ${own}`;
}

function restore(kept, focused, selection, open) {
  for (const input of main.querySelectorAll(KEPT)) {
    if (!input.form || !kept.has(keyOf(input))) continue;
    const value = kept.get(keyOf(input));
    if (typeof value === "boolean") input.checked = value;
    else input.value = value;
  }
  for (const each of main.querySelectorAll("details[id]")) each.open ||= open.has(each.id);
  if (!focused) return;
  const again = [...main.querySelectorAll("a, button, input, select, textarea, summary")].find((each) => keyOf(each) === focused);
  (again ?? main).focus({ preventScroll: true });
  if (again && selection) again.setSelectionRange(...selection);
}

/** What a page shows as long as nothing changes: without what it tells once. */
function lasting(element) {
  const copy = element.cloneNode(true);
  for (const each of copy.querySelectorAll("[data-once]")) each.remove();
  return copy.innerHTML;
}

/** Puts what the server shows now in place of what stands here. */
export function show(page) {
  if (pressed) return void (held = page);
  const fresh = page.querySelector("main");
  document.title = page.title;
  const next = lasting(fresh);
  if (next === shown) return;
  shown = next;
  const active = document.activeElement;
  const focused = main.contains(active) && active !== main ? keyOf(active) : "";
  const selection = active?.type === "text" ? [active.selectionStart, active.selectionEnd] : null;
  const open = new Set([...main.querySelectorAll("details[open][id]")].map((each) => each.id));
  const kept = typed();
  main.replaceChildren(...fresh.childNodes);
  restore(kept, focused, selection, open);
  count();
  document.dispatchEvent(new Event("shown"));
}

let shown = lasting(main);

// What is under a finger stays until it is lifted: a press that began on a button ends on it.
let pressed = false;
let held = null;
addEventListener("pointerdown", (event) => (pressed = event.button === 0));
// Not every press ends on this page: a menu of the browser or another window may take the rest of it.
for (const kind of ["pointerup", "pointercancel", "contextmenu", "blur"])
  addEventListener(kind, () => {
    pressed = false;
    const page = held;
    held = null;
    if (page) setTimeout(show, 0, page);
  });

let asking = null;

/** Asks for this page again; one question at a time, and once more if something changed meanwhile. */
export async function refresh() {
  if (asking) return void (asking.again = true);
  const mine = (asking = { again: false });
  try {
    const answer = await fetch(location.href, { headers: { "X-Fragment": "main" } });
    if (answer.redirected) return location.replace(answer.url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("main")?.dataset.live !== main.dataset.live) return location.reload();
    show(page);
    main.hidden = false;
    away.hidden = true;
    listen();
  } catch {
    away.hidden = false;
    later();
  } finally {
    asking = null;
    if (mine.again) refresh();
  }
}

// ---- Word from the server -------------------------------------------------------------------

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;
let wait = FIRST_WAIT;
let retry = 0;
let source = null;

function listen() {
  if (source || document.hidden || !main.dataset.live) return;
  source = new EventSource(main.dataset.live);
  source.addEventListener("open", () => (wait = FIRST_WAIT));
  source.addEventListener("changed", refresh); // The first one comes at once: see live.py.
  source.addEventListener("error", () => {
    source.close();
    source = null;
    later();
  });
}

/** Asks again after a while that grows: the page first, which tells whether the station is away. */
function later() {
  clearTimeout(retry);
  retry = setTimeout(refresh, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

// ---- Countdowns -----------------------------------------------------------------------------

function count() {
  for (const each of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.ceil((Date.parse(each.dataset.until) - Date.now()) / 1000));
    const bar = each.querySelector("progress");
    if (bar) bar.value = left;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    each.querySelector("time").textContent = left ? clock : each.dataset.over;
  }
}

// ---- A page that nobody uses ----------------------------------------------------------------

const idle = Number(document.body.dataset.idleSeconds || 0);
let used = Date.now();
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (used = Date.now()));

/** After so long without a touch nothing is shown until the server has said whether it is locked. */
function lock() {
  if (!idle || Date.now() - used < idle * 1000) return;
  used = Date.now();
  main.hidden = true;
  refresh();
}

// A form goes once, however often a tired hand clicks.
addEventListener("submit", (event) => {
  if (event.target.ariaBusy) event.preventDefault();
  event.target.ariaBusy = "true";
  setTimeout(() => (event.target.ariaBusy = null), 2000);
});
addEventListener("pageshow", (event) => event.persisted && refresh());
// A browser has six connections for all its tabs: one that nobody sees holds none.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return void refresh();
  clearTimeout(retry);
  source?.close();
  source = null;
});

count();
setInterval(() => (count(), lock()), 1000);
listen();
