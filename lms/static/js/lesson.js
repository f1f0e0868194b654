// The minutes of a lesson: the server counts them, this page only says every half minute that it is in front of
// somebody. One page counts at a time. A video or sound goes on where it stopped.

import { csrfToken } from "./exam-send.js";

const box = document.getElementById("time");
const say = box.dataset;
const at = (name) => document.querySelector(`[data-at="${name}"]`);
const EVERY = Number(say.every) * 1000;
const NEEDED = Number(say.needed);
const PATIENCE = 15000; // ms for one request
const AGAIN = 10000; // ms after a failure
const A_MINUTE = 60000;

const isInFront = () => document.visibilityState === "visible" && document.hasFocus();

let token = null;
let number = 0;
let state = "waiting"; // counting, elsewhere, signedout, full, gone: what the page is at
let wasAway = false; // out of sight since the last report
let timer = null;
let underWay = null; // the request that is not answered yet
let finished = "finished" in say;
const places = new Map(); // file → seconds, where it was played since the last report

function tell(sentence) {
  at("say").textContent = sentence ?? "";
  at("say").hidden = !sentence;
}

function become(next) {
  state = next;
  at("elsewhere").hidden = next !== "elsewhere";
  at("signedout").hidden = next !== "signedout";
  if (next === "full") tell(say.full);
  if (next === "gone") tell(say.gone);
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(goOn, pause);
}

async function ask(address, body, last = false) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
    keepalive: last,
    signal: AbortSignal.timeout(PATIENCE),
  });
  return [answer.status, await answer.json().catch(() => null)];
}

// What an answer that is no success comes to.
function refused(status, body) {
  if (status === 401 || status === 403) {
    become("signedout");
  } else if (status === 404) {
    become("gone");
  } else if (status === 429) {
    tell(say.busy);
    later(A_MINUTE);
  } else if (body?.refused === "NotOpened") {
    token = null;
    later(0);
  } else {
    tell(say.offline);
    later(AGAIN);
  }
}

async function open() {
  const [status, body] = await ask(say.open, {});
  if (status !== 200 || !body) return refused(status, body);
  token = body.token;
  number = 0;
  wasAway = !isInFront();
  tell();
  become("counting");
  later(EVERY);
}

async function report(last = false) {
  number += 1;
  const played = Object.fromEntries(places);
  places.clear();
  const away = wasAway;
  try {
    const [status, body] = await ask(say.report, { token, number, places: played, away }, last);
    if (status !== 200 || !body) return refused(status, body);
    wasAway = wasAway && !away;
    heard(body);
  } catch (failure) {
    for (const [file, seconds] of Object.entries(played)) if (!places.has(file)) places.set(file, seconds);
    throw failure;
  }
}

function heard({ why, seconds, finished: isFinished }) {
  tell();
  show(Math.floor(seconds / 60));
  if (isFinished && !finished) finish();
  if (why === "day_full") return become("full");
  if (["elsewhere", "replayed", "forged"].includes(why)) return become("elsewhere");
  later(EVERY);
}

function show(minutes) {
  at("learnt").textContent = say.learnt.replace("{n}", minutes);
  at("meter").value = Math.min(minutes, NEEDED);
}

function finish() {
  finished = true;
  at("finished").hidden = false;
  at("unfinished")?.remove();
  at("next")?.classList.remove("btn-2");
}

// One request at a time, so that none overtakes another.
function send(request) {
  underWay = request
    .catch(() => {
      tell(say.offline);
      later(AGAIN);
    })
    .finally(() => { underWay = null; });
  return underWay;
}

// Nothing while somebody else's window is in front.
function goOn() {
  clearTimeout(timer);
  if (!underWay && isInFront() && ["waiting", "counting"].includes(state)) send(token ? report() : open());
}

// Out of sight: what was read until now is reported, and nothing after it.
function leave() {
  clearTimeout(timer);
  if (!wasAway && !underWay && state === "counting" && token) send(report(true)).then(look);
  wasAway = true;
}

function look() {
  if (!isInFront()) return leave();
  if (state === "signedout") become("waiting");
  goOn();
}

document.addEventListener("visibilitychange", look);
window.addEventListener("focus", look);
window.addEventListener("blur", look);
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", look);
window.addEventListener("online", look);
at("here").addEventListener("click", () => { token = null; become("waiting"); goOn(); });

for (const player of document.querySelectorAll("[data-file]")) {
  player.addEventListener("loadedmetadata", () => {
    const from = Number(player.dataset.from);
    if (from && from < player.duration - 5) player.currentTime = from;
  }, { once: true });
  player.addEventListener("timeupdate", () => {
    if (player.currentTime > 0) places.set(player.dataset.file, Math.floor(player.currentTime));
  });
}

goOn();
