// A list whose rows can be ticked: how many are, said as they are ticked, and all of the page or none at a press. Without
// this script the same links ask the server for the page with all ticked, or none.

const form = document.querySelector("[data-ticks]");
const boxes = [...form.querySelectorAll("input[name=chosen]")];
const count = form.querySelector("[data-at=ticked]");
const link = form.querySelector("[data-at=all], [data-at=none]");

function say() {
  const ticked = boxes.filter((each) => each.checked).length;
  count.textContent = form.dataset.said.replace("{n}", ticked);
  if (link) link.textContent = ticked === boxes.length ? form.dataset.none : form.dataset.all;
}

link?.addEventListener("click", (event) => {
  const all = boxes.every((each) => each.checked);
  event.preventDefault();
  for (const each of boxes) each.checked = !all;
  say();
});

form.addEventListener("change", say);
say();
