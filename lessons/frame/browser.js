// What only the browser can do for a page: keep the reader's progress, listen to keys, tell the page's language.
const STORE = "kotori.progress";
const ERA = "kotori.progress.era"; // when the reader last forgot their progress, in whichever tab
const STEPS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Escape: "leave" };
const WAITS = 5000; // ms that a key waits for this part to be in the page again
const TAKES_KEYS = "input, textarea, select, [contenteditable], [role=radiogroup], [role=slider], [role=listbox], [role=combobox], [role=dialog], [role=tablist], iframe, .js-plotly-plot";

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) || "[]");
    return Array.isArray(found) ? found.filter((mark) => typeof mark === "string") : [];
  } catch {
    return []; // storage is switched off, or holds something else: the session keeps the progress alone
  }
}

function era() {
  try {
    return localStorage.getItem(ERA) || "";
  } catch {
    return "";
  }
}

function begin(name) {
  try {
    localStorage.setItem(ERA, name);
  } catch {
    // storage is switched off: there is no other tab to tell
  }
}

function keep(marks) {
  try {
    localStorage.setItem(STORE, JSON.stringify(marks));
  } catch {
    // storage is switched off: the session keeps the progress alone
  }
}

// Streamlit takes this part out of the page and puts it in again when the step changes. The listener stays, so that a
// key that is pressed in between is not lost.
function listen(known) {
  known.onKey = (event) => {
    const step = STEPS[event.key];
    const paging = event.key.startsWith("Page") || event.key === "Escape";
    if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || (paging && !known.present)) return;
    if (event.target instanceof Element && event.target.closest(TAKES_KEYS)) return;
    event.preventDefault();
    if (known.send) known.send("key", step);
    else Object.assign(known, { step, pressed: Date.now() });
  };
  document.addEventListener("keydown", known.onKey);
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const known = window.kotori || (window.kotori = { forgotten: 0, era: era() });
  document.documentElement.lang = data.lang;

  if (data.forgotten > known.forgotten) {
    known.forgotten = data.forgotten;
    known.era = `${Date.now()}-${Math.random()}`;
    keep(data.done);
    begin(known.era);
  }
  // What another tab has forgotten must not come back from this one.
  const forget = () => {
    known.era = era();
    known.told = undefined;
    setStateValue("era", known.era);
  };
  const old = known.era !== era();
  const marks = old ? stored() : [...new Set([...stored(), ...data.done])].sort();
  if (old) forget();
  else if (marks.length > stored().length) keep(marks);
  const tell = (found) => {
    const told = JSON.stringify(found);
    if (found.every((mark) => data.done.includes(mark)) || told === known.told) return;
    known.told = told;
    setStateValue("stored", found);
  };
  tell(marks);

  Object.assign(known, { present: data.present, send: setTriggerValue, place: parentElement });
  if (!known.onKey) listen(known);
  if (Date.now() - known.pressed < WAITS) setTriggerValue("key", known.step);
  known.pressed = 0;

  const onStorage = (event) => {
    if (event.key === ERA) forget();
    else if (event.key === STORE) tell(stored());
  };
  window.removeEventListener("storage", known.onStorage);
  window.addEventListener("storage", onStorage);
  known.onStorage = onStorage;

  return () => {
    if (known.place === parentElement) known.send = undefined;
    window.removeEventListener("storage", onStorage);
  };
}
