// The door to the paper: counts down to the bell by the server's clock and opens the button when it rings.

const door = document.getElementById("door");
const button = door.querySelector("button");
const place = door.querySelector("[data-at=left]");
const offset = Number(door.dataset.now) - Date.now();
const two = (n) => String(n).padStart(2, "0");

function tick() {
  const left = Math.ceil((Number(door.dataset.bell) - Date.now() - offset) / 1000);
  button.disabled = left > 0;
  door.classList.toggle("is-open", left <= 0);
  if (left <= 0) {
    clearInterval(timer);
    door.querySelector("[data-at=say]").textContent = door.dataset.open;
    return;
  }
  const days = Math.floor(left / 86400);
  const rest = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60].map(two).join(":");
  place.textContent = days ? `${door.dataset.days.replace("{n}", days)} ${rest}` : rest;
}

const timer = setInterval(tick, 500);
tick();
