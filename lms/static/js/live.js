// Keeps a part of a page current: fetches the page again and puts its new part (the element marked data-live) in place
// of the old one. `data-every` says after how many milliseconds; the new part may say another time.

const LEAST = 500;
let timer = null;

const part = () => document.querySelector("[data-live]");

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.max(LEAST, pause));
}

function tell(sentence) {
  const said = document.getElementById("lost");
  if (!said) return;
  said.textContent = sentence;
  said.hidden = !sentence;
}

async function refresh() {
  const old = part();
  const every = Number(old.dataset.every);
  if (document.hidden) return later(every);
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(15000) });
    const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (!fresh) throw new Error(String(answer.status));
    const focused = old.contains(document.activeElement) && document.activeElement.getAttribute("href");
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(`[href="${focused}"]`)?.focus({ preventScroll: true });
    tell("");
    later(Number(fresh.dataset.every));
  } catch {
    tell(old.dataset.lost);
    old.classList.add("stale");
    later(every);
  }
}

document.addEventListener("visibilitychange", () => document.hidden || refresh());
later(Number(part().dataset.every));
