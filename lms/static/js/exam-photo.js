// Shows in a 5 : 7 frame what the server will cut out of the chosen picture, while the sliders move it.
const form = document.querySelector("[data-photo]");
const frame = form.querySelector("[data-frame]");
const preview = form.querySelector("[data-preview]");
const sliders = ["zoom", "across", "down"].map((name) => form.elements[name]);

function show() {
  const { naturalWidth: width, naturalHeight: height } = preview;
  if (!width) return;
  const [zoom, across, down] = sliders.map((each) => Number(each.value));
  const cut = (Math.min(width, (height * 5) / 7) * 100) / zoom;
  const scale = frame.clientWidth / cut;
  preview.style.width = `${width * scale}px`;
  preview.style.left = `${(-(width - cut) * across * scale) / 100}px`;
  preview.style.top = `${(-(height - (cut * 7) / 5) * down * scale) / 100}px`;
}

form.elements.photo.addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (!file || file.size > 15 * 1024 * 1024) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    preview.src = reader.result;
    frame.hidden = false;
  });
  reader.readAsDataURL(file);
});
preview.addEventListener("load", show);
for (const each of sliders) each.addEventListener("input", show);
