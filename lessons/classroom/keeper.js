// Remembers in this browser where it sat in a class, and tells a page that was opened anew.
// One seat for each role, because a teacher may try the learners' side in another tab; a tab remembers its role.
const STORE = "kotori.class", ROLE = "kotori.class.role";
const ROLES = ["teacher", "member"];
const AGAIN = 1000; // ms

function read() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE));
    return found && typeof found === "object" ? found : {};
  } catch {
    return {}; // storage is switched off, or holds something else: the session alone knows where it sits
  }
}

function write(kept) {
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // the same
  }
}

function role(set) {
  try {
    if (set !== undefined) sessionStorage.setItem(ROLE, set);
    return sessionStorage.getItem(ROLE);
  } catch {
    return null;
  }
}

// crypto.randomUUID is missing where a page comes over plain http, as from a teacher's laptop.
function secret() {
  return [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Said again until it is heard: what is sent while the page is drawn can be lost.
function hello(known) {
  clearTimeout(known.timer);
  const { wanted, heard } = known.data;
  const kept = read();
  const mine = role();
  const sat = ROLES.includes(mine) ? mine : ROLES.find((one) => kept[one]);
  const found = (sat && kept[sat]) || {};
  if (heard || !(wanted || found.code)) return;
  known.timer = setTimeout(() => hello(known), AGAIN);
  if (Date.now() - known.said < AGAIN) return;
  known.said = Date.now();
  known.secret = typeof kept.secret === "string" && kept.secret ? kept.secret : known.secret || secret();
  if (kept.secret !== known.secret) write({ ...kept, secret: known.secret });
  known.send("hello", { secret: known.secret, role: found.code ? sat : "", code: found.code || "", name: found.name || "" });
}

// Streamlit says in English, and of the internet, that the server cannot be reached: the same in the reader's words.
const THEIRS = "Connection error";

function translate({ title, text }) {
  const heading = document.querySelector('[role="dialog"] h2');
  if (!heading || heading.textContent !== THEIRS) return;
  const told = [...heading.parentElement.querySelectorAll("div")].find((one) => !one.children.length && one.textContent);
  heading.textContent = title;
  if (told) told.textContent = text;
}

// Coming back in the middle of a run can leave Streamlit's page empty ("Cannot set a node at a delta path"): open it anew
// as soon as the server answers. Who sat in a room sits there again.
async function reopen(root) {
  if (root.childElementCount) return;
  try {
    await fetch(location.href, { cache: "no-store" });
    location.reload();
  } catch {
    setTimeout(() => reopen(root), AGAIN);
  }
}

function watch(known) {
  known.watch = new MutationObserver(() => setTimeout(() => translate(known.cut), 50));
  known.watch.observe(document.body, { childList: true });
  const root = document.getElementById("root");
  new MutationObserver(() => setTimeout(() => reopen(root), AGAIN)).observe(root, { childList: true });
}

export default function ({ data, setTriggerValue }) {
  const known = window.kotoriClass || (window.kotoriClass = {});
  known.cut = data.cut;
  if (!known.watch) watch(known);
  if (known.session !== data.session) {
    Object.assign(known, { session: data.session, forgotten: data.forgotten, said: 0, role: data.keep && data.keep.role });
  }
  if (data.forgotten > known.forgotten) {
    const { [known.role || role()]: gone, ...others } = read();
    known.forgotten = data.forgotten;
    write(others);
    role("");
  }
  if (data.keep) {
    const { role: sits, code, name } = data.keep;
    const kept = read(), was = kept[sits] || {};
    known.role = sits;
    if (was.code !== code || was.name !== name) write({ ...kept, [sits]: { code, name } });
    if (role() !== sits) role(sits);
  }
  Object.assign(known, { data, send: setTriggerValue });
  hello(known);
}
