// Moves the line of the distribution by pointer or arrow keys, counting as it goes; letting go loads the figures.

const box = document.getElementById("line");
const shape = JSON.parse(document.getElementById("line-shape").textContent);
const form = document.getElementById("look");
const input = form.elements.value;
const chart = box.querySelector("svg.chart");
const line = chart.querySelector("svg");
const [LEFT, RIGHT, STEP] = [30, 620, 0.5];
const low = Number(shape.low);
const high = Number(shape.high);
const least = Math.max(0, low);
const most = Math.min(Number(shape.most), high);
const texts = line.querySelectorAll("text");
let value = Number(shape.value);
let loading = 0;

const across = (points) => LEFT + ((points - low) * (RIGHT - LEFT)) / (high - low);
const reach = (points) => shape.scores.reduce((sum, [score, count]) => sum + (Number(score) >= points ? count : 0), 0);
const all = shape.scores.reduce((sum, [, count]) => sum + count, 0);

function words(text, figures) {
  return Object.entries(figures).reduce((said, [name, figure]) => said.replace(`{${name}}`, figure), text);
}

function show(points) {
  value = Math.min(most, Math.max(least, Math.round(points / STEP) * STEP));
  const above = reach(value);
  const figures = { value: value.toFixed(2), above, below: all - above };
  line.setAttribute("x", across(value).toFixed(1));
  const left = across(value) > (LEFT + RIGHT) / 2;
  const [cut, below] = texts;
  cut.textContent = words(box.dataset.cut, figures);
  below.textContent = words(box.dataset.below, figures);
  place(cut, left);
  place(below, !left);
  for (const bar of chart.querySelectorAll("rect.bar, rect.off")) {
    const end = bar.x.baseVal.value + bar.width.baseVal.value;
    bar.setAttribute("class", end <= across(value) ? "off" : "bar");
  }
  line.setAttribute("aria-valuenow", String(value));
  line.setAttribute("aria-valuetext", cut.textContent);
  input.value = figures.value;
}

function place(text, left) {
  text.setAttribute("x", left ? "-18" : "18");
  text.setAttribute("text-anchor", left ? "end" : "start");
}

function load() {
  if (value !== Number(shape.value)) form.requestSubmit();
}

function pointed(event) {
  const width = chart.getBoundingClientRect();
  const x = ((event.clientX - width.left) / width.width) * chart.viewBox.baseVal.width;
  return low + ((x - LEFT) * (high - low)) / (RIGHT - LEFT);
}

const hit = document.createElementNS("http://www.w3.org/2000/svg", "rect");
for (const [name, size] of Object.entries({ class: "hit", x: -22, y: 0, width: 44, height: 284 })) hit.setAttribute(name, size);
line.prepend(hit);
line.classList.add("movable");
const role = { role: "slider", tabindex: "0", "aria-label": box.dataset.name, "aria-valuemin": least, "aria-valuemax": most };
for (const [name, text] of Object.entries(role)) line.setAttribute(name, text);
line.setAttribute("aria-valuenow", String(value));
chart.setAttribute("role", "group");

line.addEventListener("pointerdown", (event) => {
  line.setPointerCapture(event.pointerId);
  line.focus();
  event.preventDefault();
});
line.addEventListener("pointermove", (event) => {
  if (line.hasPointerCapture(event.pointerId)) show(pointed(event));
});
line.addEventListener("pointerup", load);
line.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };
  if (event.key === "Enter") load();
  if (!(event.key in steps)) return;
  event.preventDefault();
  show(value + steps[event.key] * STEP);
  clearTimeout(loading);
  loading = setTimeout(load, 1200);
});
