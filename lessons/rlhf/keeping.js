// Keeps the rankings in this browser, and gives them back to a page that was opened anew.
const LOG = "kotori.rankings", DESK = "kotori.ranking";
const LONGEST = 3_000_000; // characters that are kept or sent
const AGAIN = 5000; // ms after which what the page has not got is sent again: a busy server loses messages

function read(key) {
  try {
    const found = localStorage.getItem(key) || "";
    return found.length > LONGEST ? "" : found;
  } catch {
    return ""; // storage is switched off: the session keeps the rankings alone
  }
}

function write(key, text) {
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // the same, or it is full
  }
}

// Each ranking of a log as text, so that they can be told apart; none of what is no log.
function rankings(log) {
  try {
    return JSON.parse(log).rankings.map((one) => JSON.stringify(one));
  } catch {
    return [];
  }
}

// What is in one list and not in another, counting what is there twice twice.
function without(list, taken) {
  const left = [...taken];
  return list.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

// Add to what is kept what is new since the last time, take away what is gone: another tab may have written, too.
function merge(known, log) {
  const now = rankings(log);
  const added = without(now, known.base), gone = without(known.base, now);
  known.base = now;
  if (!added.length && !gone.length) return;
  const kept = [...without(rankings(read(LOG)), gone), ...added];
  write(LOG, kept.length ? `{"version": 1, "rankings": [${kept.join(", ")}]}` : "");
}

function table() {
  try {
    return JSON.parse(read(DESK)).table;
  } catch {
    return "";
  }
}

export default function ({ data, setTriggerValue }) {
  const known = window.kotoriRankings || (window.kotoriRankings = {});
  if (known.session !== data.session) {
    Object.assign(known, { session: data.session, heard: data.heard, forgotten: data.forgotten, base: [] });
    const log = read(LOG);
    known.sent = rankings(log);
    if (!known.sent.length) write(LOG, ""); // there is none, or nobody can read it
    if (data.heard) known.base = rankings(data.log);
    else setTriggerValue("stored", (known.stored = { log, table: table() }));
  }
  if (data.forgotten > known.forgotten) {
    Object.assign(known, { forgotten: data.forgotten, base: [], sent: [] });
    write(LOG, "");
    write(DESK, "");
  }
  if (data.heard && !known.heard) {
    known.heard = true;
    known.base = [...known.sent, ...known.base]; // the page has taken in what it was sent
  }
  merge(known, data.log);

  const again = () => {
    known.timer = setTimeout(again, AGAIN);
    setTriggerValue("stored", known.stored);
  };
  clearTimeout(known.timer);
  if (!data.heard && !data.waiting) known.timer = setTimeout(again, AGAIN);
  return () => clearTimeout(known.timer);
}
