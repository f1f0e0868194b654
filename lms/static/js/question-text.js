// Texts of questions with their pictures and sounds in their places: a mark names each by its id.

const MARK = /!(♪?)\[([^\]\n]*)\]\(media:([0-9a-f]{16})\)/g;

// The nodes of a text; `place` is the address below which the media of its bank lie.
export function shown(text, place, element) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(MARK)) {
    nodes.push(text.slice(at, found.index));
    const [mark, heard, says, id] = found;
    const media = element(heard ? "audio" : "img", { className: "q-media", src: `${place}${id}/` });
    if (heard) {
      media.controls = true;
      media.preload = "none";
      media.setAttribute("aria-label", says);
    } else {
      media.alt = says;
    }
    nodes.push(media);
    at = found.index + mark.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((each) => each !== "");
}

// A text in one line, where no picture can stand: what the picture says instead.
export function said(text) {
  return text.replace(MARK, (_mark, _heard, says) => `〔${says}〕`);
}
