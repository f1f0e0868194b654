// Entering a script from paper: Enter goes on to the next number and from the last one keeps them, and the sum of what
// is typed runs along, to be held against the sum on the script. Without this script Enter keeps the form as it is.

const form = document.getElementById("entry");
const inputs = [...form.querySelectorAll("input.num")];
const sum = document.getElementById("sum");

// In hundredths, so that no sum is off by the way computers count.
const cents = (text) => (/^\d{1,4}([.]\d{1,2})?$/.test(text.trim()) ? Math.round(Number(text) * 100) : null);

function add() {
  const given = inputs.map((each) => cents(each.value)).filter((each) => each !== null);
  sum.textContent = given.length ? String(given.reduce((all, each) => all + each, 0) / 100) : "–";
}

inputs.forEach((input, place) => {
  input.addEventListener("input", add);
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || place === inputs.length - 1) return;
    event.preventDefault();
    inputs[place + 1].focus();
  });
});

(inputs.find((each) => each.getAttribute("aria-invalid")) ?? inputs[0])?.focus();
add();
