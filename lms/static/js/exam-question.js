// The answer fields of one question: native radios, checkboxes, inputs and text areas, by kind.

export function isBlank(response) {
  if (Array.isArray(response)) return response.every(isBlank);
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
    row.append(element("span", { textContent: label }));
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
      element("span", { textContent: part.stem }));
  } else {
    label.append(words.your_answer);
  }
  return element("div", { className: "text-answer" }, label, area, count);
}
