// Keeps a board current: fetches the page again and puts its new board in place of the old, unless someone is in it.

const EVERY = 15000;

setInterval(async () => {
  const board = document.getElementById("board");
  if (document.hidden || board.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
    if (fresh) board.replaceWith(fresh);
  } catch {
    // The next round tries again.
  }
}, EVERY);
