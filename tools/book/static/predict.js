"use strict";
// Ask each prediction, and keep what answers it covered until one is written. Answers are
// kept in this browser alone. Without JavaScript the folds open by a click.

const KEPT = "cnn-course:";
const covers = (asked) =>
  document.querySelectorAll(`details[data-covers="${asked}"]`);

function make(name, settings = {}, ...children) {
  const made = Object.assign(document.createElement(name), settings);
  made.append(...children);
  return made;
}

function told(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// A browser may refuse to keep anything: then nothing is kept.
function remembered(place) {
  try {
    return JSON.parse(localStorage.getItem(KEPT + place)) || {};
  } catch {
    return {};
  }
}

function remember(place, news) {
  try {
    const kept = { ...remembered(place), ...news };
    localStorage.setItem(KEPT + place, JSON.stringify(kept));
  } catch {
    // the page works without
  }
}

function forget() {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(KEPT)) localStorage.removeItem(key);
    }
  } catch {
    // nothing was kept
  }
}

function uncover(place, { open } = { open: true }) {
  for (const fold of covers(place.id)) {
    fold.hidden = !open;
    fold.open = open;
  }
  place.classList.toggle("answered", open);
  for (const button of place.querySelectorAll(".uncover")) button.hidden = open;
  if (open) remember(place.id, { open });
}

function ask(place) {
  const button = make("button", {
    type: "button",
    className: "uncover",
    textContent: "Uncover without answering",
    onclick: () => uncover(place),
  });
  place.append(judged(place, told(place.dataset.question)), button);
  uncover(place, { open: Boolean(remembered(place.id).open) });
}

// The form of a prediction, which the bank judges; a right one uncovers its answer.
function judged(place, item) {
  const [shown, read, write] = (item.options.length ? choices : field)(place, item);
  write(remembered(place.id)[item.id]);
  const said = make("p", { role: "status" });
  const onsubmit = (event) => {
    event.preventDefault();
    const answer = read();
    if (answer.problem) return said.replaceChildren(answer.problem);
    remember(place.id, { [item.id]: answer.kept });
    const found = judge(item, answer.said);
    said.replaceChildren(...sentences(found));
    if (found.right) uncover(place);
  };
  const check = make("button", { textContent: "Check" });
  return make("form", { onsubmit }, ...shown, check, hint(item, said), said);
}

function hint(item, said) {
  let given = 0;
  return make("button", {
    type: "button",
    textContent: "Hint",
    hidden: !item.hints.length,
    onclick: () => {
      given = Math.min(given + 1, item.hints.length);
      said.replaceChildren(item.hints[given - 1]);
    },
  });
}

// The two ways to answer return what is shown, a function that reads it, one that
// writes back what was kept.
function field(place, item) {
  const input = make("input", { id: `${place.id}-${item.id}`, autocomplete: "off" });
  const { wanted } = place.dataset;
  const textContent = wanted ? `Your prediction: ${wanted}` : "Your prediction";
  const label = make("label", { htmlFor: input.id, textContent });
  const shown = item.lines.length ? [lines(item), label, input] : [label, input];
  const read = () => ({ ...parse(item, input.value), kept: input.value });
  return [shown, read, (kept) => (input.value = kept || "")];
}

function lines(item) {
  const each = item.lines.map((line, k) => `${LETTERS[k]}  ${line}`);
  return make("pre", { textContent: each.join("\n") });
}

function choices(place, item) {
  const type = item.kind === "choice" ? "radio" : "checkbox";
  const name = `${place.id}-${item.id}`;
  const boxes = item.options.map((_, k) => make("input", { type, name, value: k }));
  const labels = boxes.map((box, k) => make("label", {}, box, ` ${item.options[k]}`));
  const legend = make("legend", { textContent: "Your prediction" });
  const read = () => {
    const said = boxes.flatMap((box, k) => (box.checked ? [k] : []));
    return said.length ? { said, kept: said } : { problem: "Choose an answer first." };
  };
  const write = (kept) => boxes.forEach((box, k) => (box.checked = kept?.includes(k)));
  return [[make("fieldset", {}, legend, ...labels)], read, write];
}

function sentences(found) {
  if (found.right) return ["Right."];
  const said = ["Not yet. ", found.message || "Try again, or take a hint."];
  if (found.look) {
    const link = make("a", { href: found.look, textContent: found.there });
    said.push(" See notebook ", link, ".");
  }
  return said;
}

for (const place of document.querySelectorAll(".prediction")) ask(place);

// Firefox keeps answers by file where the book is opened as files
const apart = location.protocol === "file:";
const asked = document.querySelectorAll(".prediction");
if (apart && asked.length && !document.querySelector(".forget")) {
  asked[asked.length - 1].after(make("p", { className: "forget" }));
}
for (const place of document.querySelectorAll(".forget")) {
  const said = make("span", { role: "status" });
  const done = () => {
    forget();
    said.textContent = apart ? " Forgotten (in Firefox on this page)." : " Forgotten.";
  };
  const text = "Forget my answers";
  place.append(make("button", { textContent: text, onclick: done }), said);
}
