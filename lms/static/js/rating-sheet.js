// The sheet of a judge who sets a standard: every rating is saved as it is typed, and the sum runs along. Without this
// script the same form saves and signs by itself.

import { csrfToken } from "./exam-send.js";

const PAUSE = 500; // ms after the last change
const AGAIN = 3000; // ms after a failure
const sheet = document.getElementById("rating");
const say = sheet.dataset;
const at = (name) => sheet.querySelector(`[data-at="${name}"]`);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const inputs = [...sheet.querySelectorAll("input[data-item]")];
const pending = new Map();
let timer;
let sending = false;

const isRight = (input) => /^\d{1,3}$/.test(input.value.trim()) && Number(input.value) <= 100;

function sum() {
  const rated = inputs.filter(isRight);
  const total = rated.reduce((all, each) => all + (Number(each.dataset.points) * Number(each.value)) / 100, 0);
  at("sum").textContent = rated.length ? String(Math.round(total * 1000) / 1000) : "–";
  at("rated").textContent = fill(say.rated, { n: rated.length, of: inputs.length });
}

async function send() {
  if (sending || !pending.size) return;
  sending = true;
  const ratings = Object.fromEntries(pending);
  pending.clear();
  try {
    const answer = await fetch(say.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ ratings }),
    });
    const told = await answer.json();
    // Refused: sending it again would be refused again, so the sentence stands until the next change.
    at("saved").textContent = answer.ok ? fill(say.saved, { at: told.saved_at }) : told.sentence;
  } catch {
    for (const [item, value] of Object.entries(ratings)) if (!pending.has(item)) pending.set(item, value);
    at("saved").textContent = say.failed;
  } finally {
    sending = false;
  }
  if (pending.size) {
    clearTimeout(timer);
    timer = setTimeout(send, AGAIN);
  }
}

for (const input of inputs) {
  input.addEventListener("input", () => {
    const empty = input.value.trim() === "";
    if (empty || isRight(input)) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    sum();
    if (!empty && !isRight(input)) return;
    pending.set(input.dataset.item, empty ? null : input.value.trim());
    at("saved").textContent = say.saving;
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
}

sum();
