// The clerk's list: each press is kept on this device at once, with a key of its own and the time, and sent until the
// server has it. Without a network the list goes on; what is not sent yet stands in the line above it. Pressed without
// this script, every button is a form.

import { csrfToken } from "./exam-send.js";

const root = document.getElementById("roll");
const say = root.dataset;
const STORE = `roll-call-${say.session}-${say.clerk}`;
const BATCH = 100;
const PATIENCE = 15000; // ms for one request
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 10000;

let underWay = false;
let failures = 0;
let timer = null;
let isSignedOut = false;
let waiting = load(); // marks that the server has not acknowledged

function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

// Two tabs may share the store: what the other tab added is kept.
function keep(done = new Set()) {
  const mine = new Set(waiting.map((mark) => mark.key));
  waiting = [...waiting, ...load().filter((mark) => !mine.has(mark.key))].filter((mark) => !done.has(mark.key));
  try {
    localStorage.setItem(STORE, JSON.stringify(waiting));
  } catch {
    // Without a store it is kept as long as the page is open.
  }
}

function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const row = (enrolment) => root.querySelector(`[data-enrolment="${enrolment}"]`);

function show(enrolment, state, isSent) {
  const found = row(enrolment);
  if (!found) return;
  for (const button of found.querySelectorAll("button[name=state]")) {
    button.setAttribute("aria-pressed", String(button.value === state));
  }
  found.classList.toggle("unsent", !isSent);
  if (isSent) found.dataset.state = state;
}

function tell(enrolment, sentence) {
  const said = row(enrolment)?.querySelector("[data-at=refused]");
  if (!said) return;
  said.textContent = sentence;
  said.hidden = !sentence;
}

function count() {
  const people = [...root.querySelectorAll("[data-enrolment]")];
  const done = people.filter((each) => each.dataset.state || each.querySelector("[aria-pressed=true]")).length;
  document.getElementById("done").textContent = say.done.replace("{n}", done).replace("{all}", people.length);
  const unsent = document.getElementById("unsent");
  const words = waiting.length ? say.unsent.replace("{n}", waiting.length) : say.sent;
  const why = isSignedOut ? say.signedout : (failures ? say.offline : "");
  unsent.textContent = waiting.length && why ? `${words} ${why}` : words;
  unsent.classList.toggle("waits", waiting.length > 0);
}

function press(enrolment, state) {
  waiting.push({ key: newKey(), enrolment, state, at: new Date().toISOString(), source: say.source });
  keep();
  tell(enrolment, "");
  show(enrolment, state, false);
  count();
  later(0);
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(send, pause);
}

// One request at a time; what is pressed meanwhile goes with the next.
async function send() {
  if (underWay || !waiting.length) return;
  underWay = true;
  const source = waiting[0].source;
  const batch = waiting.filter((mark) => mark.source === source).slice(0, BATCH);
  try {
    const answer = await fetch(say.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ source, marks: batch }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const body = await answer.json().catch(() => null);
    isSignedOut = answer.status === 401;
    if (answer.status === 200 && body) taken(batch, body);
    else if (body?.refused && !isSignedOut) refusedWhole(batch, body.sentence);
    else throw new Error(String(answer.status));
    failures = 0;
  } catch {
    failures += 1;
  }
  underWay = false;
  count();
  if (waiting.length) later(failures ? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)) : 0);
}

function taken(batch, body) {
  const sentences = new Map(body.refused.map((each) => [each.key, each.sentence]));
  keep(new Set(batch.map((mark) => mark.key)));
  const pending = new Set(waiting.map((mark) => mark.enrolment));
  for (const { key, enrolment } of batch) {
    if (!pending.has(enrolment)) show(enrolment, body.states[enrolment] ?? "", true);
    if (sentences.has(key)) tell(enrolment, sentences.get(key));
  }
}

// The session itself takes no marks, now or any more: each person's row says so.
function refusedWhole(batch, sentence) {
  keep(new Set(batch.map((mark) => mark.key)));
  for (const { enrolment } of batch) {
    tell(enrolment, sentence);
    show(enrolment, row(enrolment)?.dataset.state ?? "", true);
  }
}

root.addEventListener("submit", (event) => {
  const button = event.submitter;
  const found = button?.closest("[data-enrolment]");
  if (!found || button.name !== "state") return;
  event.preventDefault();
  press(Number(found.dataset.enrolment), button.value);
});

const find = document.getElementById("find-person");
find?.addEventListener("input", () => {
  const words = find.value.trim().toLowerCase();
  for (const each of root.querySelectorAll("[data-enrolment]")) each.hidden = !each.dataset.find.includes(words);
});

window.addEventListener("online", () => { failures = 0; later(0); });
window.addEventListener("beforeunload", (event) => waiting.length && event.preventDefault());

keep();
for (const { enrolment, state } of waiting) show(enrolment, state, false);
count();
if (waiting.length) later(0);
