// The learner's answer: chosen or written, kept in this browser until the server has accepted it.
const STORE = "kotori.ballot";
const AGAIN = 2000; // ms after which an answer is sent again that was not accepted
const SLOW = 4000; // ms after which the learner is told that the network is slow
const TICK = 500; // ms
const KEYS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORE));
  } catch {
    return null; // storage is switched off, or holds something else
  }
}

function store(pending) {
  try {
    if (pending) localStorage.setItem(STORE, JSON.stringify(pending));
    else localStorage.removeItem(STORE);
  } catch {
    // the same
  }
}

function make(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function numbered() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// -- answering -----------------------------------------------------------------------------------------------------

function answer(desk, text) {
  if (!desk.data.open) return;
  desk.late = false;
  desk.pending = { room: desk.data.room, activity: desk.data.activity, answer: text, ballot: numbered(), since: Date.now() };
  store(desk.pending);
  send(desk);
  show(desk);
}

function send(desk) {
  const { activity, answer: text, ballot } = desk.pending;
  desk.sent = Date.now();
  desk.send("vote", { activity, answer: text, ballot });
}

function tick(desk) {
  if (!desk.pending) return;
  if (Date.now() - desk.sent > AGAIN) send(desk);
  show(desk);
}

// What is still to be accepted of this very question; what belongs to another one is too late.
function waiting(desk) {
  const { data } = desk;
  const pending = desk.pending || stored();
  if (!pending || pending.room !== data.room) return null;
  const told = data.received === pending.ballot || data.refused === pending.ballot;
  if (!told && pending.activity === data.activity) return pending;
  store(null);
  desk.late = !told;
  return null;
}

// -- drawing -------------------------------------------------------------------------------------------------------

function draw(desk) {
  const { data, fields } = desk;
  fields.replaceChildren(data.options ? choices(desk) : box(desk));
}

function choices(desk) {
  const { data } = desk;
  const group = make("div", "options");
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", data.says.label);
  desk.buttons = data.options.map((text, number) => {
    const one = make("button", "", text);
    one.type = "button";
    one.setAttribute("role", "radio");
    one.addEventListener("click", () => answer(desk, String(number)));
    return one;
  });
  group.addEventListener("keydown", (event) => {
    const step = KEYS[event.key], at = desk.buttons.indexOf(event.target);
    if (!step || at < 0) return;
    event.preventDefault();
    event.stopPropagation(); // arrow keys go through the steps of a lesson elsewhere
    desk.buttons[(at + step + desk.buttons.length) % desk.buttons.length].focus();
  });
  group.append(...desk.buttons);
  return group;
}

function box(desk) {
  const { data } = desk;
  const form = make("form");
  desk.buttons = [];
  desk.input = make("input");
  desk.input.maxLength = data.longest;
  desk.input.autocomplete = "off";
  desk.input.enterKeyHint = "send";
  desk.input.setAttribute("aria-label", data.says.label);
  desk.input.placeholder = data.says.write;
  desk.input.value = chosen(desk) || "";
  desk.submit = make("button", "", data.says.send);
  desk.submit.type = "submit";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = desk.input.value.trim();
    if (text) answer(desk, text);
  });
  form.append(desk.input, desk.submit);
  return form;
}

const chosen = (desk) => (desk.pending ? desk.pending.answer : desk.data.accepted);

function show(desk) {
  const { data, pending } = desk;
  const now = chosen(desk);
  desk.buttons.forEach((button, number) => {
    const checked = String(number) === now;
    button.setAttribute("aria-checked", String(checked));
    button.tabIndex = checked || (number === 0 && (now === null || now === undefined)) ? 0 : -1;
    button.disabled = !data.open;
  });
  if (desk.buttons.length === 0 && desk.input) desk.input.disabled = desk.submit.disabled = !data.open;
  const [state, text, more] = said(desk, pending);
  if (desk.state.textContent !== text) desk.state.textContent = text;
  desk.state.className = `state ${state}`;
  if (desk.more.textContent !== more) desk.more.textContent = more;
}

function said({ data, late }, pending) {
  const { says } = data;
  if (pending) return ["sending", says.sending, Date.now() - pending.since > SLOW || !navigator.onLine ? says.slow : ""];
  if (data.why) return ["refused", data.why, ""];
  if (data.accepted === null || data.accepted === undefined) return ["", data.open ? says.choose : says.closed, late ? says.late : ""];
  const written = data.options ? "" : `${says.yours} ${data.accepted}`;
  return ["accepted", says.accepted, [written, data.open ? says.change : says.closed].filter(Boolean).join(" · ")];
}

function built(parent) {
  const desk = { fields: make("div"), state: make("p", "state"), more: make("p", "more"), buttons: [], sent: 0 };
  desk.state.setAttribute("role", "status");
  const root = make("div", "ballot");
  root.append(desk.fields, desk.state, desk.more);
  parent.append(root);
  return desk;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const desk = parentElement.kotori || (parentElement.kotori = built(parentElement));
  const asked = JSON.stringify([data.room, data.activity, data.options, data.longest, data.says]);
  Object.assign(desk, { data, send: setTriggerValue });
  desk.pending = waiting(desk);
  if (desk.asked !== asked) {
    desk.asked = asked;
    draw(desk);
  }
  if (desk.pending && Date.now() - desk.sent > AGAIN) send(desk);
  show(desk);
  clearInterval(desk.timer);
  desk.timer = setInterval(() => tick(desk), TICK);
  return () => clearInterval(desk.timer);
}
