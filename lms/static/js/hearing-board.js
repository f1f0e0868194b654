// Keeps the clerk's board current, lets the clocks run, and does a one-tap step without leaving the page. Without
// this script every button is a form that reloads the board.

import { csrfToken } from "./exam-send.js";

const EVERY = 5000;
const root = document.getElementById("bd");
const moving = document.getElementById("moving");
let skew = 0;
let busy = false;

const two = (number) => String(number).padStart(2, "0");

function setClock() {
  skew = Number(moving.querySelector("[data-now]").dataset.now) - Date.now() / 1000;
}

function tick() {
  const present = Date.now() / 1000 + skew;
  const now = moving.querySelector("[data-now]");
  now.textContent = new Date(present * 1000).toLocaleTimeString("en-GB", { timeZone: root.dataset.zone });
  for (const clock of moving.querySelectorAll("[data-ends]")) {
    const left = Math.round(Number(clock.dataset.ends) - present);
    const away = Math.abs(left);
    clock.textContent = `${left < 0 ? "+" : ""}${two(Math.floor(away / 60))}:${two(away % 60)}`;
    clock.classList.toggle("over", left < 0);
  }
}

function say(sentence) {
  const said = document.getElementById("said");
  said.textContent = sentence;
  said.classList.add("failed");
}

async function refresh() {
  const answer = await fetch(root.dataset.address, { headers: { Accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const board = moving.querySelector(".board");
  const place = [board.scrollLeft, window.scrollY];
  const focused = document.activeElement?.closest?.("article")?.id;
  moving.innerHTML = await answer.text();
  moving.querySelector(".board").scrollLeft = place[0];
  window.scrollTo(window.scrollX, place[1]);
  if (focused) document.getElementById(focused)?.querySelector("button, a")?.focus({ preventScroll: true });
  setClock();
  tick();
}

async function poll() {
  if (document.hidden || busy) return;
  try {
    await refresh();
  } catch {
    say(root.dataset.lost);
  }
}

moving.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  let refused = "";
  try {
    const answer = await fetch(event.target.action, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
    });
    if (!answer.ok) refused = (await answer.json()).sentence;
    await refresh();
    if (refused) say(refused);
  } catch {
    button?.removeAttribute("aria-disabled");
    say(root.dataset.lost);
  } finally {
    busy = false;
  }
});

setClock();
tick();
setInterval(tick, 1000);
setInterval(poll, EVERY);
