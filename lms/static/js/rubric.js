// Adds up the points of a rubric while they are typed.

const total = document.getElementById("total");
const fields = [...document.querySelectorAll(".c-points input")];

function add() {
  total.value = fields.reduce((sum, field) => sum + (Number.parseInt(field.value, 10) || 0), 0);
}

for (const field of fields) field.addEventListener("input", add);
add();
