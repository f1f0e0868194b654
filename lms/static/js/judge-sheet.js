// The judge's sheet: a band takes its middle, the points fine-tune it, and every change is saved as it is made. The
// figure in the head of a criterion is what counts; without this script the same form saves and signs by itself.

import { csrfToken } from "./exam-send.js";

const PAUSE = 400; // ms after the last change
const AGAIN = 3000; // ms after a failure
const sheet = document.getElementById("sheet");
const say = sheet.dataset;
const at = (name) => document.querySelector(`[data-at="${name}"]`);
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const pending = new Map();
let timer;
let sending = false;

document.documentElement.classList.add("js");

class Criterion {
  constructor(section) {
    this.section = section;
    this.code = section.dataset.code;
    this.name = section.dataset.name;
    this.most = Number(section.dataset.most);
    this.input = section.querySelector("input[type=number]");
    this.bands = [...section.querySelectorAll("input[type=radio]")];
    if (this.input.disabled) return;
    this.input.addEventListener("input", () => this.typed());
    for (const band of this.bands) {
      band.addEventListener("click", () => (this.holds(band) ? this.show() : this.take(Number(band.value))));
    }
    this.show(false);
  }

  get value() {
    return this.input.value === "" ? null : Number(this.input.value);
  }

  holds(band) {
    const whole = this.value === null ? null : Math.floor(this.value);
    return whole !== null && whole >= Number(band.dataset.from) && whole <= Number(band.dataset.to);
  }

  get isRight() {
    const points = this.value;
    if (points === null) return !this.input.validity.badInput;
    return points >= 0 && points <= this.most && Number.isInteger(points * 2);
  }

  typed() {
    this.show();
    this.section.classList.toggle("wrong", !this.isRight);
    if (this.isRight) keep(this);
    foot();
  }

  take(points) {
    this.input.value = String(points);
    this.section.classList.remove("wrong");
    this.show();
    keep(this);
    foot();
  }

  // The band that holds the figure is on, and its points stand below while this criterion is the one in hand.
  show(open = true) {
    const band = this.bands.find((each) => this.holds(each));
    for (const each of this.bands) each.checked = each === band;
    document.querySelectorAll(".pts").forEach((each) => each.remove());
    if (open && band && band.dataset.from !== band.dataset.to) this.fine(Number(band.dataset.from), Number(band.dataset.to));
  }

  fine(from, to) {
    const row = document.createElement("div");
    row.className = "pts";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", say.fineLabel);
    for (let points = Math.max(from, to - 9); points <= to; points += 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = points;
      button.setAttribute("aria-pressed", String(points === this.value));
      button.addEventListener("click", () => this.take(points));
      row.append(button);
    }
    const hint = document.createElement("span");
    hint.textContent = say.fine;
    row.append(hint);
    this.section.append(row);
  }
}

const criteria = [...sheet.querySelectorAll(".crit")].map((section) => new Criterion(section));

function keep(criterion) {
  pending.set(criterion.code, criterion.input.value === "" ? null : criterion.input.value);
  at("saved").textContent = say.saving;
  clearTimeout(timer);
  timer = setTimeout(send, PAUSE);
}

async function send() {
  if (sending || !pending.size) return;
  sending = true;
  const points = Object.fromEntries(pending);
  pending.clear();
  try {
    const answer = await fetch(say.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ points }),
    });
    const told = await answer.json();
    if (answer.ok) {
      if (!pending.size) at("saved").textContent = fill(say.saved, { at: told.saved_at });
    } else {
      // Refused: sending it again would be refused again, so the sentence stands until the next change.
      at("saved").textContent = told.sentence;
    }
  } catch {
    for (const [code, value] of Object.entries(points)) if (!pending.has(code)) pending.set(code, value);
    at("saved").textContent = say.failed;
  } finally {
    sending = false;
  }
  if (pending.size) {
    clearTimeout(timer);
    timer = setTimeout(send, AGAIN);
  }
}

function foot() {
  const given = criteria.filter((each) => each.value !== null && each.isRight);
  const missing = criteria.filter((each) => !given.includes(each));
  at("sum").textContent = given.length ? given.reduce((sum, each) => sum + each.value, 0) : "–";
  at("scored").textContent = fill(say.scored, { n: given.length, of: criteria.length });
  const sign = at("sign");
  if (!sign) return;
  sign.setAttribute("aria-disabled", String(missing.length > 0));
  if (missing.length === 1) sign.textContent = fill(say.missing, { name: missing[0].name });
  else sign.textContent = missing.length ? fill(say.missingMany, { n: missing.length }) : say.sign;
}

sheet.addEventListener("submit", (event) => {
  const sign = at("sign");
  if (event.submitter !== sign || sign.getAttribute("aria-disabled") !== "true") return;
  event.preventDefault();
  criteria.find((each) => each.value === null || !each.isRight)?.input.focus();
});

if (at("sign")) foot();

const clock = document.querySelector("[data-ends]");
if (clock) {
  const skew = Number(clock.dataset.now) - Date.now() / 1000;
  const tick = () => {
    const left = Math.round(Number(clock.dataset.ends) - Date.now() / 1000 - skew);
    const [minutes, seconds] = [Math.floor(Math.abs(left) / 60), Math.abs(left) % 60];
    at("left").textContent = `${left < 0 ? "+" : ""}${String(minutes).padStart(2, "0")}:${String(seconds).padStart(2, "0")}`;
  };
  tick();
  setInterval(tick, 1000);
}
