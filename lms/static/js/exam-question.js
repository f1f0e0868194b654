// The answer fields of one question: native radios, checkboxes, inputs and text areas, by kind.

import { said, shown } from "./question-text.js";

export function isBlank(response) {
  if (Array.isArray(response)) return response.every(isBlank);
  if (response && typeof response === "object") return Object.values(response).every(isBlank);
  return response === undefined || response === null || (typeof response === "string" && !response.trim());
}

// A database cannot keep NUL or half a surrogate pair.
const wellFormed = (text) => text.replace(/\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");

// The letter by which an option is shown: by its place where every candidate sees another order.
export function letterOf(option) {
  return option.letter ?? option.id;
}

export function answerFields(question, tools) {
  const item = String(question.number);
  switch (question.kind) {
    case "single":
      return [choices(item, "radio", question.body.options.map((each) => [each.id, letterOf(each), each.text]), tools)];
    case "true_false":
      return [choices(item, "radio", [[true, "", tools.words.true], [false, "", tools.words.false]], tools)];
    case "multiple":
      return [
        tools.element("p", { className: "small muted hint", textContent: tools.words.choose_all }),
        choices(item, "checkbox", question.body.options.map((each) => [each.id, letterOf(each), each.text]), tools),
      ];
    case "matching":
      return [pairs(item, question.body, tools)];
    case "ordering":
      return order(item, question.body.options, tools);
    case "fill_in":
      return [blanks(item, question.body.blanks, tools)];
    case "case":
      return question.body.parts.map((part) => text(`${item}.${part.number}`, tools, part));
    default:
      return [text(item, tools)];
  }
}

function choices(item, type, options, tools) {
  const { element } = tools;
  const chosen = tools.answerOf(item);
  const isOn = (value) => (Array.isArray(chosen) ? chosen.includes(value) : chosen === value);
  const rows = options.map(([value, letter, label]) => {
    const input = element("input", { type, name: `a${item}`, checked: isOn(value) });
    input.value = String(value);
    const row = element("label", { className: letter ? "" : "no-letter" }, input);
    if (letter) row.append(element("b", { textContent: letter }));
    row.append(element("span", {}, ...shown(label, tools.media, element)));
    row.classList.toggle("on", input.checked);
    input.onchange = () => {
      for (const each of rows) each.row.classList.toggle("on", each.input.checked);
      const on = rows.filter((each) => each.input.checked).map((each) => each.value);
      tools.give(item, type === "radio" ? on[0] : on);
    };
    return { row, input, value };
  });
  const group = element("fieldset", { className: "ans" }, ...rows.map((each) => each.row));
  group.setAttribute("aria-labelledby", "stem");
  return group;
}

// One list of choices for each thing on the left; what is on the right may be chosen by its letter and its words.
function pairs(item, body, tools) {
  const { element, say, words } = tools;
  const given = tools.answerOf(item) || {};
  const lists = body.left.map((left) => {
    const list = element("select", { className: "control" }, element("option", { value: "", textContent: words.choose_pair }),
      ...body.right.map((each) => element("option", { value: each.id, textContent: `${letterOf(each)} ${said(each.text)}` })));
    list.value = given[left.id] ?? "";
    list.onchange = () => {
      const chosen = lists.filter((each) => each.list.value).map((each) => [each.left.id, each.list.value]);
      tools.give(item, Object.fromEntries(chosen));
    };
    return { left, list };
  });
  const rows = lists.map(({ left, list }) => element("label", { className: "pair-row" },
    element("span", {}, ...shown(left.text, tools.media, element)), element("span", { className: "vh", textContent: say(words.pair_with, { left: said(left.text) }) }), list));
  const group = element("fieldset", { className: "pairs" }, ...rows);
  group.setAttribute("aria-labelledby", "stem");
  return group;
}

// A list whose entries are moved up and down by buttons; each move is an answer, and is told.
function order(item, options, tools) {
  const { element, say, words } = tools;
  const byId = new Map(options.map((each) => [each.id, each]));
  const given = tools.answerOf(item);
  let sequence = given?.length ? [...given] : options.map((each) => each.id);
  const list = element("ol", { className: "order" });
  const told = element("p", { className: "vh" });
  told.setAttribute("role", "status");
  const button = (word, text, sign, act) => {
    const made = element("button", { type: "button", className: "btn btn-2 btn-s", textContent: sign });
    made.setAttribute("aria-label", say(word, { text: said(text) }));
    made.onclick = act;
    return made;
  };
  const move = (place, by) => {
    const id = sequence[place];
    sequence = sequence.filter((each) => each !== id);
    sequence.splice(place + by, 0, id);
    tools.give(item, sequence);
    show();
    const buttons = list.children[place + by].querySelectorAll("button");
    (by < 0 ? buttons[0] : buttons[buttons.length - 1]).focus();
    told.textContent = say(words.moved, { text: said(byId.get(id).text), n: place + by + 1, all: sequence.length });
  };
  function show() {
    list.replaceChildren(...sequence.map((id, place) => {
      const { text } = byId.get(id);
      const row = element("li", {}, element("span", {}, ...shown(text, tools.media, element)));
      if (place > 0) row.append(button(words.up, text, "↑", () => move(place, -1)));
      if (place < sequence.length - 1) row.append(button(words.down, text, "↓", () => move(place, 1)));
      return row;
    }));
  }
  show();
  const stands = element("button", { type: "button", className: "btn btn-2 btn-s", textContent: words.order_stands });
  stands.onclick = () => tools.give(item, sequence);
  const group = element("fieldset", { className: "order-answer" }, list, stands);
  group.setAttribute("aria-labelledby", "stem");
  return [element("p", { className: "small muted hint", textContent: words.order_hint }), group, told];
}

function blanks(item, count, tools) {
  const given = tools.answerOf(item) ?? Array(count).fill("");
  const inputs = given.map((value) => tools.element("input", { type: "text", className: "control", value, maxLength: 200, autocomplete: "off" }));
  const rows = inputs.map((input, place) => {
    input.oninput = () => tools.type(item, inputs.map((each) => wellFormed(each.value)));
    input.onblur = tools.leave;
    const label = tools.element("span", { textContent: tools.say(tools.words.blank, { n: place + 1 }) });
    return tools.element("label", { className: "blank-row" }, label, input);
  });
  const group = tools.element("fieldset", { className: "blanks" }, ...rows);
  group.setAttribute("aria-labelledby", "stem");
  return group;
}

function text(item, tools, part = null) {
  const { element, words, say } = tools;
  const area = element("textarea", { className: "control", rows: part ? 7 : 10, maxLength: tools.longest, id: `t${item}` });
  area.value = tools.answerOf(item) ?? "";
  const count = element("p", { className: "xs muted letters" });
  const tell = () => { count.textContent = say(words.letters, { n: area.value.length, most: tools.longest }); };
  tell();
  area.oninput = () => { tell(); tools.type(item, wellFormed(area.value)); };
  area.onblur = tools.leave;
  const label = element("label", { htmlFor: area.id });
  if (part) {
    label.append(element("b", { textContent: say(words.part, { n: part.number, points: part.points }) }), " ",
      element("span", {}, ...shown(part.stem, tools.media, element)));
  } else {
    label.append(words.your_answer);
  }
  return element("div", { className: "text-answer" }, label, area, count);
}
