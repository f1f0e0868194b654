// After the end: what was still only on this device goes to the exam office; once the server has said of each answer what
// became of it, nothing of the exam stays here.

import { openKeep } from "./exam-keep.js";
import { csrfToken } from "./exam-send.js";

const BATCH = 40;
const ON_RECORD = ["KeptAside", "AlreadyHandedIn", "ContinuedElsewhere", "StaleVersion"];
const page = document.getElementById("receipt");

async function send(saves) {
  try {
    const answer = await fetch(page.dataset.answers, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ saves }),
    });
    if (answer.ok) return true;
    if (answer.status === 422 && saves.length > 1) return sendAll(saves, 1);
    return answer.status === 409 && ON_RECORD.includes((await answer.json()).refused);
  } catch {
    return false;
  }
}

async function sendAll(saves, size) {
  let every = true;
  for (let first = 0; first < saves.length; first += size) every = (await send(saves.slice(first, first + size))) && every;
  return every;
}

const keep = await openKeep(page.dataset.attempt);
const left = (await keep.answers()).map(({ item, version, response }) => ({ item, version, response }));
if (await sendAll(left, BATCH)) await keep.wipe();
