// What only the browser can do for a page: keep the reader's progress, listen to keys, tell the page's language.
const STORE = "kotori.progress";
const STEPS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Escape: "leave" };
const TAKES_KEYS = "input, textarea, select, [contenteditable], [role=radiogroup], [role=slider], [role=listbox], [role=combobox], [role=dialog], [role=tablist], iframe, .js-plotly-plot";

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) || "[]");
    return Array.isArray(found) ? found.filter((mark) => typeof mark === "string") : [];
  } catch {
    return []; // storage is switched off, or holds something else: the session keeps the progress alone
  }
}

function keep(marks) {
  try {
    localStorage.setItem(STORE, JSON.stringify(marks));
  } catch {
    // the same
  }
}

export default function ({ data, setStateValue, setTriggerValue }) {
  const known = window.kotori || (window.kotori = { forgotten: 0 });
  document.documentElement.lang = data.lang;

  if (data.forgotten > known.forgotten) {
    known.forgotten = data.forgotten;
    keep(data.done);
  }
  const marks = [...new Set([...stored(), ...data.done])].sort();
  if (marks.length > stored().length) keep(marks);
  const tell = (found) => {
    const told = JSON.stringify(found);
    if (found.every((mark) => data.done.includes(mark)) || told === known.told) return;
    known.told = told;
    setStateValue("stored", found);
  };
  tell(marks);

  document.removeEventListener("keydown", known.onKey);
  known.onKey = (event) => {
    const step = STEPS[event.key];
    const paging = event.key.startsWith("Page") || event.key === "Escape";
    if (!step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || (paging && !data.present)) return;
    if (event.target instanceof Element && event.target.closest(TAKES_KEYS)) return;
    event.preventDefault();
    setTriggerValue("key", step);
  };
  document.addEventListener("keydown", known.onKey);

  window.removeEventListener("storage", known.onStorage);
  known.onStorage = (event) => {
    if (event.key === STORE) tell(stored());
  };
  window.addEventListener("storage", known.onStorage);

  return () => {
    document.removeEventListener("keydown", known.onKey);
    window.removeEventListener("storage", known.onStorage);
  };
}
