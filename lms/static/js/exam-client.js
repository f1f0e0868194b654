// The written exam: one question a view, every answer kept and sent, the server's clock, and a calm way to the end.

import { openKeep } from "./exam-keep.js";
import { csrfToken, Nobody, Sender } from "./exam-send.js";
import { answerFields, isBlank, letterOf } from "./exam-question.js";
import { shown } from "./question-text.js";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const paper = read("exam-data");
const words = read("exam-words");
const page = document.getElementById("exam");
const mediaPlace = page.dataset.media.slice(0, -2); // without the "0/" that stands for an id
const at = (name) => page.querySelector(`[data-at="${name}"]`);
const say = (text, facts = {}) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const byNumber = new Map(paper.items.map((each) => [each.number, each]));
const itemsOf = (question) => question.kind === "case"
  ? question.body.parts.map((part) => `${question.number}.${part.number}`) : [String(question.number)];
const numberOf = (item) => Number(item.split(".")[0]);

const answers = new Map(Object.entries(paper.standing)); // item → {version, response}
const notes = new Map(); // item → a response of mine that gave way to a newer one
const flags = new Set();
let drafts = new Map(); // item → what is being typed
let current = paper.items[0].number;
let finished = false;
let seq = Date.now() * 1000; // of two answers of one version, which was typed later
let stopped = paper.paused; // the invigilator has stopped the time
let typing, sender, keep;

// Saving

function give(item, response) {
  const stands = answers.get(item);
  if (finished || (stands && JSON.stringify(stands.response) === JSON.stringify(response))) return;
  const save = { item, version: sender.next(item), seq: (seq += 1), response };
  answers.set(item, { version: save.version, response });
  if (!paper.preview) showStatus("saving");
  sender.add(save).then((kept) => kept && sender.state !== "online" && showStatus("kept_here"));
  showPalette();
}

// What is being typed is kept on this device at once, and sent when the hand rests.
function type(item, response) {
  drafts.set(item, response);
  keep.put({ item, version: sender.next(item), seq: (seq += 1), response });
  clearTimeout(typing);
  typing = setTimeout(giveDrafts, 800);
}

function giveDrafts() {
  clearTimeout(typing);
  const given = drafts;
  drafts = new Map();
  for (const [item, response] of given) give(item, response);
}

const hear = {
  // What is being typed is built on what was just acknowledged.
  acknowledged(item) {
    if (drafts.has(item)) keep.put({ item, version: sender.next(item), seq: (seq += 1), response: drafts.get(item) });
  },
  saved(serverTime, took) {
    clock.learn(serverTime, took);
    if (sender.pending.size) return;
    showStatus("saved_at", serverTime);
  },
  state(name) {
    showBanner(name);
    if (name === "online") announce(words.say_online);
    else if (name === "stopped") announce(words.stopped_title);
    else showStatus("kept_here");
    if (name === "offline") announce(words.say_offline);
  },
  stale(standing, mine) {
    answers.set(standing.item, { version: standing.version, response: standing.response });
    drafts.delete(standing.item);
    if (!isBlank(mine)) notes.set(standing.item, mine);
    if (numberOf(standing.item) === current) showQuestion(false);
    showPalette();
  },
  refused(item, sentence) {
    const text = say(words.trouble_text, { n: numberOf(item), sentence });
    banner(words.trouble_title, text);
  },
  time(deadline, isStopped) {
    if (deadline !== null && deadline !== paper.deadline) {
      const minutes = Math.round((deadline - paper.deadline) / 60000);
      paper.deadline = deadline;
      clock.left = Infinity;
      at("ends").textContent = say(words.ends_at, { ends: timeText(deadline).slice(0, 5) });
      if (minutes > 0) announce(say(words.more_time, { n: minutes }));
    }
    if (isStopped !== stopped) {
      stopped = isStopped;
      lock();
      tick();
    }
  },
  over: () => leave(),
  elsewhere() {
    finished = true;
    lock();
    banner(words.elsewhere_title, words.elsewhere_text);
    at("banner").append(element("a", { href: page.dataset.takeOver, className: "btn btn-2", textContent: words.take_over }));
    announce(words.elsewhere_title);
  },
};

function lock() {
  for (const field of at("answer").querySelectorAll("input, textarea, select, button")) field.disabled = finished || stopped;
}

// The clock: the server's time, learnt again from each answer, the quickest one being believed most

const clock = {
  offset: paper.now - Date.now(),
  best: Infinity,
  left: Infinity,
  learn(serverTime, took) {
    this.best *= 1.2;
    const offset = serverTime + took / 2 - Date.now();
    if (took > this.best && Math.abs(offset - this.offset) < 2000) return;
    this.best = took;
    this.offset = offset;
  },
  now() {
    return Date.now() + this.offset;
  },
};
const MARKS = [[600, "minutes_left", 10], [300, "minutes_left", 5], [60, "minute_left", 1], [30, "seconds_left", 30]];

function tick() {
  if (stopped) {
    at("left").textContent = words.stopped_clock;
    clock.left = Infinity;
    return;
  }
  const left = Math.max(0, Math.ceil((paper.deadline - clock.now()) / 1000));
  const two = (n) => String(n).padStart(2, "0");
  at("left").textContent = `${two(Math.floor(left / 3600))}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}`;
  for (const [mark, word, n] of MARKS) {
    if (clock.left > mark && left <= mark && clock.left !== Infinity) announce(say(words[word], { n }), "time");
  }
  clock.left = left;
  if (left === 0 && !finished && !paper.preview) finish();
}

const timeText = (moment) => new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: paper.zone,
}).format(moment);

// What the page shows

function announce(text, where = "status") {
  const place = at(`say-${where}`);
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

function showStatus(word, moment = clock.now()) {
  const place = at("saved");
  place.classList.toggle("is-here", word === "kept_here");
  place.querySelector("span").textContent = say(words[word], { time: timeText(moment) });
  if (word === "saved_at") announce(words.say_saved);
}

function banner(title, text) {
  at("banner").hidden = !title;
  at("banner-title").textContent = title;
  at("banner-text").textContent = text;
}

function showBanner(state) {
  if (finished) return;
  if (state === "online") banner("", "");
  else banner(words[`${state}_title`], words[`${state}_text`]);
}

function element(tag, facts = {}, ...children) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...children);
  return made;
}

function stateOf(question) {
  const done = itemsOf(question).every((item) => answers.has(item) && !isBlank(answers.get(item).response));
  return { done, flagged: flags.has(question.number) };
}

function paletteEntry(question) {
  const { done, flagged } = stateOf(question);
  const state = [done ? words.answered_word : words.open_word, ...(flagged ? [words.flagged_word] : [])].join(", ");
  const link = element("a", { href: `#q${question.number}`, textContent: question.number });
  link.className = [done && "a", flagged && "f"].filter(Boolean).join(" ");
  link.setAttribute("aria-label", say(words.go_to, { n: question.number, state }));
  if (question.number === current) link.setAttribute("aria-current", "true");
  return link;
}

function sections() {
  const found = [];
  for (const question of paper.items) {
    if (found.at(-1)?.name !== question.section) found.push({ name: question.section, questions: [] });
    found.at(-1).questions.push(question);
  }
  return found;
}

function counts() {
  const states = paper.items.map(stateOf);
  const done = states.filter((each) => each.done).length;
  return { done, open: states.length - done, flagged: flags.size };
}

function showPalette() {
  const count = counts();
  for (const [place, heading] of [[at("palette"), "h3"], [at("sheet-palette"), "h2"]]) {
    place.replaceChildren(...sections().flatMap(({ name, questions }) => {
      const range = [...new Set([questions[0].number, questions.at(-1).number])].join("–");
      const list = element("div", { className: "pg" }, ...questions.map(paletteEntry));
      return [element(heading, { textContent: `${name} ${range}`, className: "pal-h" }), list];
    }));
  }
  for (const key of page.querySelectorAll("[data-count]")) {
    key.textContent = say(words[`count_${key.dataset.count}`], { n: count[key.dataset.count === "answered" ? "done" : key.dataset.count] });
  }
  at("progress").textContent = `${count.done}/${paper.items.length}`;
}

function showQuestion(move = true) {
  const question = byNumber.get(current);
  const points = Number(question.points) === 1 ? words.kind_point : words.kind_points;
  at("where").textContent = say(words.question_of, { n: current, all: paper.items.length });
  at("worth").textContent = say(points, { kind: paper.kinds[question.kind], points: question.points });
  const heading = at("stem");
  heading.replaceChildren(...shown(question.stem, mediaPlace, element));
  heading.classList.toggle("story", question.kind === "case");
  const fields = answerFields(question, {
    words, say, longest: paper.longest, element, media: mediaPlace,
    answerOf: (item) => drafts.get(item) ?? answers.get(item)?.response,
    give: (item, response) => { give(item, response); },
    type,
    leave: giveDrafts,
  });
  at("answer").replaceChildren(...itemsOf(question).filter((item) => notes.has(item)).map(noteOn), ...fields);
  lock();
  for (const button of page.querySelectorAll("[data-act=flag]")) {
    button.setAttribute("aria-pressed", flags.has(current));
    button.querySelector("span").textContent = flags.has(current) ? words.unflag : words.flag;
  }
  const place = paper.items.indexOf(question);
  at("previous").hidden = place === 0;
  at("next").querySelector("span").textContent = place === paper.items.length - 1 ? words.to_summary : words.next;
  document.title = `${at("where").textContent} - ${page.dataset.title}`;
  if (move) heading.focus();
}

function noteOn(item) {
  const mine = notes.get(item);
  const letters = new Map((byNumber.get(numberOf(item)).body.options ?? []).map((each) => [each.id, letterOf(each)]));
  const said = [mine].flat().map((each) => letters.get(each) ?? each).join(" / ");
  const text = typeof mine === "boolean" ? words[mine] : said;
  const use = element("button", { type: "button", className: "btn btn-2 btn-s", textContent: words.use_mine });
  use.onclick = () => { notes.delete(item); give(item, mine); showQuestion(); };
  return element("div", { className: "note note-warn" },
    element("div", {}, element("p", { textContent: words.newer }),
      element("p", { className: "pre", textContent: `${words.yours} ${text}` }), use));
}

function showSummary() {
  const numbers = (test) => paper.items.filter((each) => test(stateOf(each)));
  const line = (word, questions) => element("li", {},
    element("p", { className: "small", textContent: say(word, { list: "" }) }),
    element("div", { className: "pg" }, ...questions.map(paletteEntry)));
  const open = numbers((each) => !each.done);
  const flagged = numbers((each) => each.flagged);
  const lines = [];
  lines.push(open.length ? line(words.summary_open, open) : element("li", { textContent: words.summary_none }));
  if (flagged.length) lines.push(line(words.summary_flagged, flagged));
  if (sender.pending.size) {
    lines.push(element("li", { className: "warn-text", textContent: say(words.still_unsaved, { n: sender.pending.size }) }));
  }
  at("summary-list").replaceChildren(...lines);
  at("summary-title").focus();
}

function show(view) {
  giveDrafts();
  for (const each of ["question", "sheet", "summary"]) at(`view-${each}`).hidden = each !== view;
  at("bar-question").hidden = view !== "question";
  at("bar-back").hidden = view === "question";
  at("back").querySelector("span").textContent = say(words.back_to, { n: current });
  at("to-summary").hidden = view === "summary";
  if (view === "question") showQuestion();
  if (view === "summary") showSummary();
  if (view === "sheet") at("sheet-title").focus();
  showPalette();
  scrollTo(0, 0);
}

function follow() {
  const number = Number(location.hash.match(/^#q(\d+)$/)?.[1]);
  if (byNumber.has(number)) current = number;
  show(location.hash === "#sheet" ? "sheet" : location.hash === "#summary" ? "summary" : "question");
}

// The end

async function handIn() {
  giveDrafts();
  at("hand-in").disabled = true;
  at("hand-in-status").textContent = words.handing_in;
  await sender.flush();
  if (sender.pending.size || !(await postHandIn())) {
    at("hand-in").disabled = false;
    at("hand-in-status").textContent = words.not_handed_in;
  }
}

// `over`: the page hands in because it takes the time for over. The server decides whether it is: the time may have been
// extended, or stand still, since the page last heard of it.
async function postHandIn(over = false) {
  try {
    const answer = await fetch(page.dataset.handIn, {
      method: "POST", headers: { "X-CSRFToken": csrfToken() }, signal: AbortSignal.timeout(15000),
      body: new URLSearchParams(over ? { over: "1" } : {}),
    });
    if (answer.status === 409) {
      const told = await answer.json();
      if (told.refused === "TimeGoesOn") return goOn(told);
    }
    if (!answer.ok || !answer.url.includes("/receipt/")) return false;
  } catch {
    return false;
  }
  await leave();
  return true;
}

function goOn({ deadline, paused, at: moment }) {
  finished = false;
  clock.learn(Date.parse(moment), 0);
  banner("", "");
  hear.time(deadline, paused);
  lock();
  sender.beat();
  return true;
}

async function leave() {
  finished = true;
  await keep.wipe();
  location.replace(page.dataset.receipt);
}

// At the end of time the page sends what is still kept here, as long as the grace lasts, then only "finish": that
// never carries answers of its own.
async function finish() {
  giveDrafts();
  finished = true;
  lock();
  banner(words.over_title, words.over_text);
  for (let pause = 1000; ; pause = Math.min(pause * 2, 8000)) {
    await sender.flush();
    const mayFinish = !sender.pending.size || clock.now() > paper.deadline + paper.grace;
    if (sender.ended || !finished || (mayFinish && (await postHandIn(true)))) return;
    banner(words.over_title, words.over_offline);
    await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random() / 2)));
  }
}

function toggleFlag() {
  const on = !flags.has(current);
  if (on) flags.add(current); else flags.delete(current);
  keep.flag(current, on);
  showQuestion(false);
  showPalette();
}

// The size of the question and its answer, chosen by the candidate and kept on this device; who was granted large print
// begins with the largest.
const SIZES = ["normal", "large", "larger"];

function sizeKept() {
  try {
    return localStorage.getItem("exam-size");
  } catch {
    return null;
  }
}

function showSize(size) {
  page.dataset.size = size;
  at("size").textContent = say(words.size, { size: words[`size_${size}`] });
}

function changeSize() {
  const size = SIZES[(SIZES.indexOf(page.dataset.size) + 1) % SIZES.length];
  showSize(size);
  try {
    localStorage.setItem("exam-size", size);
  } catch {
    // It lasts as long as the page.
  }
}

function step(by) {
  const place = paper.items.indexOf(byNumber.get(current)) + by;
  location.hash = place >= paper.items.length ? "#summary" : `#q${paper.items[Math.max(0, place)].number}`;
}

async function begin() {
  keep = await openKeep(paper.attempt);
  sender = paper.preview ? new Nobody() : new Sender(page.dataset.answers, keep, hear);
  for (const number of await keep.flags()) flags.add(number);
  for (const [item, { version }] of answers) sender.acked.set(item, version);
  for (const save of await keep.answers()) {
    const stands = answers.get(save.item);
    if (stands && stands.version >= save.version) {
      const isOther = JSON.stringify(stands.response) !== JSON.stringify(save.response);
      if (isOther && !isBlank(save.response)) notes.set(save.item, save.response);
      await keep.drop(save.item, save.version);
      continue;
    }
    answers.set(save.item, { version: save.version, response: save.response });
    sender.pending.set(save.item, save);
  }
  page.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    const acts = { flag: toggleFlag, previous: () => step(-1), next: () => step(1), "hand-in": handIn, size: changeSize };
    acts[act]?.();
  });
  window.addEventListener("hashchange", follow);
  window.addEventListener("pagehide", giveDrafts);
  window.addEventListener("beforeunload", (event) => {
    if (!finished && (sender.pending.size || drafts.size)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") giveDrafts();
    else sender.flush(true);
  });
  showSize(SIZES.includes(sizeKept()) ? sizeKept() : paper.large_print ? "larger" : "normal");
  follow();
  setInterval(tick, 500);
  tick();
  sender.flush(true);
}

begin();
