// The cards on the page: drawn, moved by keys, buttons and dragging, and kept. Comes behind ranking_places.js.
const DESK = "kotori.ranking";
const POST = "kotori.ranked";
const START = 5; // px that a pointer must move before a card is dragged
const PATIENCE = 3000; // ms after which a ranking may be sent again that nothing has come of
const SLOW = 4000; // ms after which the reader is told that the network is slow
const TICK = 500; // ms
const MOST_KEPT = 30; // half-made orders that are kept until the page is closed

function make(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (all, name) => (name in facts ? facts[name] : all));

// What the browser keeps of the table that was touched last.
function stored() {
  try {
    return JSON.parse(localStorage.getItem(DESK)) || {};
  } catch {
    return {}; // storage is switched off, or holds something else
  }
}

function store(text) {
  try {
    if (text) localStorage.setItem(DESK, text);
    else localStorage.removeItem(DESK);
  } catch {
    // the same
  }
}

function kept(data, known) {
  const last = stored();
  const found = last.id === data.id ? last.groups : known.orders[data.id];
  return complete(found, data.cards.length) ? found : data.groups;
}

function keep({ known, data, groups }) {
  delete known.orders[data.id];
  known.orders[data.id] = groups;
  for (const old of Object.keys(known.orders).slice(0, -MOST_KEPT)) delete known.orders[old];
  store(JSON.stringify({ id: data.id, table: data.table, groups }));
}

function forget(id, known) {
  delete known.orders[id];
  if (stored().id === id) store("");
}

// -- sending -------------------------------------------------------------------------------------------------------

// The finished ranking that is still on its way to the server, null where none is. `data.post` names it: {ballot, sending,
// slow}; without it a ranking is sent once.
function posted({ post, cards }) {
  if (!post) return null;
  try {
    const found = JSON.parse(localStorage.getItem(POST));
    return found && found.ballot === post.ballot && complete(found.groups, cards.length) ? found : null;
  } catch {
    return null; // the same
  }
}

function finished(desk) {
  const { data, groups } = desk;
  if (data.post) {
    desk.posted = { ballot: data.post.ballot, groups, since: Date.now() };
    try {
      localStorage.setItem(POST, JSON.stringify(desk.posted));
    } catch {
      // the same
    }
  } else {
    desk.finish.disabled = true;
    setTimeout(() => (desk.finish.disabled = false), PATIENCE);
  }
  send(desk, groups);
  wait(desk);
}

function send(desk, groups) {
  desk.sent = Date.now();
  desk.report("ranked", { id: desk.data.id, groups: JSON.stringify(groups) });
}

// Nothing can be changed while a ranking is on its way, and it is sent again until another table comes.
function wait(desk) {
  const { data, posted: going } = desk;
  if (going && Date.now() - desk.sent > PATIENCE) send(desk, going.groups);
  for (const part of [desk.list, desk.below]) part.inert = Boolean(going);
  const late = going && (Date.now() - going.since > SLOW || !navigator.onLine);
  const text = going ? [data.post.sending, late ? data.post.slow : ""].filter(Boolean).join(" ") : "";
  if (desk.state.textContent !== text) desk.state.textContent = text;
}

// -- drawing -------------------------------------------------------------------------------------------------------

function draw(desk) {
  const { data, groups, list } = desk;
  list.replaceChildren(
    ...groups.map((group, at) => {
      const row = make("li", "place");
      const stack = make("div", "cards");
      stack.append(...group.map((card) => drawn(desk, card, at, group.length > 1)));
      row.append(make("span", "number", fill(data.says.place, { place: at + 1 })), stack);
      return row;
    }),
  );
}

function drawn(desk, card, at, tied) {
  const { data, groups } = desk;
  const text = data.cards[card];
  const made = make("div", "card");
  made.tabIndex = 0;
  made.dataset.card = card;
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", fill(data.says.card, { place: at + 1, text }));
  made.setAttribute("aria-describedby", "help");
  const grip = make("span", "grip", "⠿");
  grip.setAttribute("aria-hidden", "true");
  const buttons = make("span", "buttons");
  const button = (sign, name, disabled, act) => {
    const one = make("button", "", sign);
    one.type = "button";
    one.title = name;
    one.setAttribute("aria-label", `${name}: ${text}`);
    one.disabled = disabled;
    one.dataset.act = act;
    one.addEventListener("click", () => change(desk, card, act, `[data-act=${act}]`));
    return one;
  };
  const last = at === groups.length - 1 && !tied;
  const ties = button("=", tied ? data.says.untie : data.says.tie, at === 0 && !tied, "tie");
  ties.setAttribute("aria-pressed", String(tied));
  ties.classList.toggle("tied", tied);
  buttons.append(button("↑", data.says.up, at === 0 && !tied, "up"), button("↓", data.says.down, last, "down"), ties);
  made.append(grip, make("span", "text", text), buttons);
  made.addEventListener("keydown", (event) => pressed(desk, card, event));
  made.addEventListener("pointerdown", (event) => grabbed(desk, card, made, event));
  return made;
}

function set(desk, card, groups, focus = "") {
  desk.groups = groups;
  keep(desk);
  draw(desk);
  const made = desk.list.querySelector(`[data-card="${card}"]`);
  const wanted = focus && made.querySelector(focus);
  (wanted && !wanted.disabled ? wanted : made).focus({ preventScroll: true });
  const at = place(groups, card), says = desk.data.says;
  const told = groups[at].length > 1 ? says.moved_tie : says.moved;
  desk.told.textContent = fill(told, { place: at + 1, text: desk.data.cards[card] });
}

// -- keys and buttons ----------------------------------------------------------------------------------------------

const ACTS = { ArrowUp: "up", ArrowDown: "down", "=": "tie", t: "tie", T: "tie", Home: "first", End: "last" };

function change(desk, card, act, focus) {
  const { groups } = desk;
  const changed = {
    up: () => step(groups, card, false),
    down: () => step(groups, card, true),
    tie: () => tie(groups, card),
    first: () => beside(groups, card, 0),
    last: () => beside(groups, card, groups.length),
  };
  set(desk, card, changed[act](), focus);
}

function pressed(desk, card, event) {
  const act = ACTS[event.key];
  if (!act || event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  change(desk, card, act);
}

// -- dragging ------------------------------------------------------------------------------------------------------

function grabbed(desk, card, made, event) {
  const finger = event.pointerType === "touch";
  if (event.button || event.target.closest("button") || (finger && !event.target.closest(".grip"))) return;
  const from = { x: event.clientX, y: event.clientY };
  const rows = [...desk.list.children];
  let aim = null;
  made.setPointerCapture(event.pointerId);

  const moved = (now) => {
    if (!aim && Math.hypot(now.clientX - from.x, now.clientY - from.y) < START) return;
    made.classList.add("dragged");
    const boxes = rows.map((row) => row.getBoundingClientRect()); // again: the page may be scrolled meanwhile
    made.style.transform = `translate(${now.clientX - from.x}px, ${now.clientY - from.y}px)`;
    aim = aimed(boxes, now.clientY);
    rows.forEach((row, at) => row.classList.toggle("joins", aim.join && at === aim.at));
    const top = desk.root.getBoundingClientRect().top;
    const edge = aim.at < boxes.length ? boxes[aim.at].top - 4 : boxes[boxes.length - 1].bottom + 4;
    desk.line.hidden = aim.join;
    desk.line.style.top = `${edge - top}px`;
  };
  const end = (how) => {
    for (const name of ["pointermove", "pointerup", "pointercancel"]) made.removeEventListener(name, handlers[name]);
    window.removeEventListener("keydown", escaped, true);
    desk.line.hidden = true;
    made.classList.remove("dragged");
    made.style.transform = "";
    for (const row of rows) row.classList.remove("joins");
    if (!aim || how === "cancel") return;
    set(desk, card, aim.join ? into(desk.groups, card, aim.at) : beside(desk.groups, card, aim.at));
  };
  const escaped = (now) => {
    if (now.key === "Escape") end("cancel");
  };
  const handlers = { pointermove: moved, pointerup: () => end("drop"), pointercancel: () => end("cancel") };
  for (const [name, handler] of Object.entries(handlers)) made.addEventListener(name, handler);
  window.addEventListener("keydown", escaped, true);
}

// -- the desk ------------------------------------------------------------------------------------------------------

function built(parent) {
  const desk = { root: make("div", "desk"), list: make("ol"), line: make("div", "line"), told: make("p", "unseen") };
  desk.help = make("p", "help");
  desk.help.id = "help";
  desk.told.setAttribute("aria-live", "polite");
  desk.line.hidden = true;
  const below = make("div", "below");
  desk.finish = make("button", "finish");
  desk.same = make("button", "same");
  for (const button of [desk.finish, desk.same]) button.type = "button";
  desk.same.addEventListener("click", () => set(desk, desk.groups[0][0], [desk.groups.flat()]));
  desk.finish.addEventListener("click", () => finished(desk));
  below.append(desk.finish, desk.same);
  desk.state = make("p", "state");
  desk.state.setAttribute("role", "status");
  Object.assign(desk, { below, sent: 0, posted: null });
  desk.root.append(desk.help, desk.list, below, desk.state, desk.line, desk.told);
  parent.append(desk.root);
  return desk;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const known = window.kotoriCards || (window.kotoriCards = { orders: {} });
  const desk = parentElement.kotori || (parentElement.kotori = built(parentElement));
  if (data.done !== known.done) forget(data.done, known);
  known.done = data.done;
  const says = JSON.stringify(data.says);
  const fresh = !desk.data || desk.data.id !== data.id || desk.done !== data.done;
  clearInterval(desk.timer);
  desk.posted = posted(data) || (data.post && desk.posted && desk.posted.ballot === data.post.ballot ? desk.posted : null);
  if (data.post) desk.timer = setInterval(() => wait(desk), TICK);
  const stop = () => clearInterval(desk.timer);
  if (!fresh && desk.says === says) {
    Object.assign(desk, { data, report: setTriggerValue });
    return stop;
  }
  const groups = desk.posted ? desk.posted.groups : fresh ? kept(data, known) : desk.groups;
  Object.assign(desk, { data, known, groups, says, done: data.done, report: setTriggerValue });
  desk.list.setAttribute("aria-label", data.says.label);
  desk.help.textContent = data.says.help;
  desk.finish.textContent = data.says.done;
  desk.same.textContent = data.says.same;
  desk.finish.disabled = false;
  draw(desk);
  wait(desk);
  return stop;
}
