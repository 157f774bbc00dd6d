// The panel's page: shows the state the panel gives, sends what is clicked. No framework.
"use strict";

const at = (id) => document.getElementById(id);
const displayOrigin = document.documentElement.dataset.displayOrigin;
let state = null;
let chosen = ""; // the phone in the hand
let expires = 0; // when the authenticators' codes change

// --- small parts of a page; text is always text

function make(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...[content].flat());
  return made;
}

const facts = (pairs) => Object.entries(pairs).flatMap(([name, value]) => [make("dt", name), make("dd", value)]);
const fill = (id, content) => at(id).replaceChildren(...content);

// Replaced only when it differs: what is being read, chosen or focused stays.
const before = new Map();
function when(id, value, show) {
  const text = JSON.stringify(value);
  if (before.get(id) === text) return;
  before.set(id, text);
  show(value);
}

function options(id, values, text = (value) => value) {
  when(id, values, () => {
    const now = at(id).value;
    fill(id, values.map((value) => make("option", text(value), { value })));
    if (values.includes(now)) at(id).value = now;
  });
}

function say(id, sentence) {
  at(id).textContent = sentence;
  at(id).hidden = !sentence;
}

// --- talking to the panel

async function ask(path, asked) {
  const sent = asked === undefined
    ? {}
    : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) };
  const answer = await fetch(path, sent);
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

async function act(path, asked) {
  try {
    show(await ask(path, asked));
    say("failure", "");
    return true;
  } catch (error) {
    say("failure", error.message);
    return false;
  }
}

async function follow() {
  for (;;) {
    try {
      show(await ask(state === null ? "/state" : `/state?since=${state.version}`));
      document.body.classList.remove("gone");
    } catch {
      say("failure", "작업대에 연결할 수 없음 · the panel does not answer");
      state = null;
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

// --- showing

const person = () => state.card.people.find((each) => each.id === at("person").value);
const phone = () => state.phones.find((each) => each.name === chosen) ?? state.phones[0];

function show(content) {
  if (state === null) say("failure", "");
  state = content;
  expires = performance.now() + content.officers.seconds * 1000;
  showCard(content.card);
  showPhones(content.phones);
  when("officers", content.officers.accounts, showOfficers);
}

function showCard(card) {
  const named = new Map(card.people.map((each) => [each.id, each]));
  options("person", [...named.keys()], (id) => `${named.get(id).name} · ${id}`);
  options("type", card.types);
  options("speed", Object.keys(card.speeds), (name) => `${name}: ${card.speeds[name]}`);
  when("faults", card.faults, (faults) =>
    fill("faults", Object.entries(faults).map(([name, sentence]) =>
      make("option", `${name}: ${sentence}`, { value: `fault ${name}` }))));
  at("reader").textContent = card.reader;
  showPerson();
  const inside = card.inserted;
  at("insert-card").disabled = inside !== null || !person().has_chip;
  at("pull-card").disabled = inside === null;
  at("slot").classList.toggle("full", inside !== null);
  at("slot").classList.toggle("reading", inside !== null && inside.powered);
  when("slot-says", [inside, card.fell_out], () => showSlot(inside, card.fell_out, named));
}

function showSlot(inside, fellOut, named) {
  if (inside === null) {
    at("slot-says").textContent = fellOut
      ? "카드가 저절로 빠졌다 · the card fell out by itself"
      : "리더기가 비어 있다 · the reader is empty";
    fill("chip", []);
    return;
  }
  const tries = `${"●".repeat(inside.pin_tries)}${"○".repeat(Math.max(0, 3 - inside.pin_tries))} ${inside.pin_tries}`;
  at("slot-says").textContent = `${named.get(inside.person).name} · ${inside.person}`;
  fill("chip", facts({
    "PIN 남은 횟수 · tries left": inside.pin_active ? tries : `${tries} · 비활성 deactivated`,
    "PIN": inside.pin,
    "PUK 남은 횟수 · uses left": String(inside.puk_uses),
    "종류 · type": `${inside.type}, ${inside.speed}`,
    "고장·공격 · trouble": inside.trouble || "-",
    "명령 · commands": inside.powered ? `${inside.commands} …` : String(inside.commands),
  }));
}

function showPerson() {
  const who = person();
  when("secrets", who, () => {
    at("purpose").textContent = who.purpose;
    const plain = { "이름 · name": who.name, "번호 · RRN (TEST)": who.rrn };
    const chip = { CAN: who.can, PIN: who.pin, PUK: who.puk };
    fill("secrets", facts(who.has_chip ? { ...plain, ...chip } : plain));
    at("choices").hidden = !who.has_chip;
  });
  if (!who.has_chip) at("purpose").textContent = `${who.purpose} · 칩 없음, QR 창구로 · no chip: QR at the counter`;
}

function showPhones(phones) {
  const held = phone();
  chosen = held.name;
  when("phones", [phones.map((each) => [each.name, each.lost]), chosen], () => {
    const again = at("phones").contains(document.activeElement);
    fill("phones", phones.map((each) => {
      const button = make("button", each.lost ? `${each.name} (분실 lost)` : each.name,
        { type: "button", "aria-pressed": String(each.name === chosen) });
      button.addEventListener("click", () => { chosen = each.name; showPhones(state.phones); });
      return button;
    }));
    if (again) at("phones").querySelector('[aria-pressed="true"]').focus();
  });
  at("lost").hidden = !held.lost;
  at("lose").hidden = held.lost;
  at("find").hidden = !held.lost;
  at("scan").hidden = held.doing !== "nothing" || held.lost;
  showAsking(held);
  at("shop").hidden = held.cards.length === 0;
  options("view", state.views);
  say("phone-failure", held.failure);
  when("cards", held.cards, (cards) => fill("cards", cards.map(mobileCard)));
  when("till", held.shop, (shop) => fill("till", shop === null ? [] : shop.answers.map((each) => answerOf(shop, each))));
  when("told", held.told, (told) => fill("told", told.map((line) => make("li", line))));
}

function showAsking(held) {
  const asking = held.doing === "asking";
  const begins = asking && at("code").hidden;
  at("code").hidden = !asking;
  at("rule").textContent = held.rule;
  if (begins) {
    at("tx-code").value = "";
    if (document.activeElement === document.body) at("tx-code").focus();
  }
}

function mobileCard(card) {
  const rows = facts({ ...card.masked, ...Object.fromEntries(card.formats.map((each) => [each.format, `${each.status} ${each.problem}`])) });
  return make("div", [
    make("span", card.status, { class: "status" }),
    make("small", "모바일 주민등록증 · TEST"),
    make("strong", card.name),
    make("dl", rows, { class: "facts" }),
  ], { class: `mobile-card ${card.status}` });
}

function answerOf(shop, answer) {
  const word = answer.accepted ? "받음 · accepted" : "거절 · refused";
  return make("div", [
    make("strong", `${shop.view} · ${answer.format}: ${word}`),
    make("p", answer.sentence),
    make("dl", facts(answer.claims), { class: "facts" }),
    make("p", `안 보인 것 · not shown: ${answer.withheld.join(", ") || "-"}`, { class: "hint" }),
  ], { class: answer.accepted ? "answer accepted" : "answer" });
}

function showOfficers(accounts) {
  at("authenticator").hidden = accounts.length === 0;
  fill("officers", accounts.map((each) => make("li", [
    make("p", [make("strong", each.name), make("small", ` ${each.title} · ${each.roles.join(", ")}`)]),
    make("p", [make("code", each.password), copier(each.password, `${each.name}: 비밀번호 복사 · copy the password`)]),
    make("p", [make("span", each.code, { class: "code" }), copier(each.code, `${each.name}: 번호 복사 · copy the code`)]),
  ])));
}

function copier(text, label) {
  const button = make("button", "복사", { type: "button", class: "quiet", "aria-label": label });
  button.addEventListener("click", () => navigator.clipboard.writeText(text));
  return button;
}

async function tick() {
  if (state === null) return;
  const left = Math.max(0, Math.ceil((expires - performance.now()) / 1000));
  at("left").value = left;
  at("seconds").textContent = `${left} s`;
  if (left === 0) await ask("/state").then(show, () => undefined);
}

// --- what is clicked

function on(id, event, path, asked) {
  at(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    if (state !== null) await act(path, asked());
  });
}

on("insert", "submit", "/card/insert", () => {
  const [kind, name] = at("trouble").value.split(" ");
  const trouble = { [kind || "fault"]: name ?? "" };
  const order = { person: at("person").value, type: at("type").value, speed: at("speed").value };
  return { ...order, ...trouble, at: Number(at("at").value || 1) };
});
on("pull-card", "click", "/card/pull", () => ({}));
on("scan", "submit", "/phones/scan", () => ({ phone: chosen, uri: at("uri").value }));
on("code", "submit", "/phones/tx-code", () => ({ phone: chosen, code: at("tx-code").value.trim() }));
on("refresh", "click", "/phones/refresh", () => ({ phone: chosen }));
on("shop", "submit", "/phones/show", () => ({ phone: chosen, card: phone().cards[0].id, view: at("view").value }));
on("lose", "click", "/phones/lose", () => ({ phone: chosen }));
on("find", "click", "/phones/find", () => ({ phone: chosen }));
at("person").addEventListener("change", () => showCard(state.card));
at("add").addEventListener("click", async () => {
  const names = new Set(state.phones.map((each) => each.name));
  let number = 1;
  while (names.has(`phone-${number}`)) number += 1;
  if (await act("/phones/add", { phone: `phone-${number}` })) {
    chosen = `phone-${number}`;
    showPhones(state.phones);
  }
});

// --- frames: the display tells which offer its QR code shows

function load(id) {
  at(id).src = at(id).dataset.src;
}

window.addEventListener("message", (event) => {
  if (event.origin !== displayOrigin || event.source !== at("display-frame").contentWindow) return;
  const { type, uri } = event.data ?? {};
  if (type !== "offer" || typeof uri !== "string") return;
  if (uri !== "" && !/^(openid-credential-offer|haip-vci):\/\//.test(uri)) return;
  at("uri").value = uri;
  at("in-view").textContent = uri === "" ? "" : "QR이 화면에 있다 · the QR code is in view";
});

// One after the other: both share their cookies, and a new visitor gets one with the first answer.
at("console-frame").addEventListener("load", () => load("display-frame"), { once: true });
load("console-frame");
for (const button of document.querySelectorAll("[data-reload]")) {
  button.addEventListener("click", () => load(button.dataset.reload));
}
for (const tab of document.querySelectorAll("nav button")) {
  tab.addEventListener("click", () => {
    document.body.dataset.shows = tab.dataset.shows;
    for (const each of document.querySelectorAll("nav button")) each.setAttribute("aria-pressed", String(each === tab));
  });
}

follow();
setInterval(tick, 1000);
