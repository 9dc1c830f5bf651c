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
  const items = place.dataset.questions ? told(place.dataset.questions) : [];
  const open = new Set(items);
  const solved = (item) => {
    open.delete(item);
    if (!open.size) uncover(place);
  };
  const forms = items.map((item) => judged(place, item, items.length > 1, solved));
  const button = make("button", {
    type: "button",
    className: "uncover",
    textContent: "Uncover without answering",
    onclick: () => uncover(place),
  });
  place.append(...(forms.length ? forms : [free(place)]), button);
  uncover(place, { open: Boolean(remembered(place.id).open) });
}

// A prediction that only its reader can judge: a field, and off comes the cover.
function free(place) {
  const [label, field] = textField(place, "own", place.dataset.wanted);
  field.value = remembered(place.id).own || "";
  const button = make("button", { textContent: "Write it down, and uncover" });
  button.className = "uncover";
  const said = make("p", { role: "status" });
  const onsubmit = (event) => {
    event.preventDefault();
    const own = field.value;
    said.textContent = own.trim() ? "" : "Write a prediction first; a guess will do.";
    if (!own.trim()) return;
    remember(place.id, { own });
    uncover(place);
  };
  return make("form", { onsubmit }, label, field, button, said);
}

// A prediction that the bank can judge; `solved` is told of a right one.
function judged(place, item, several, solved) {
  const asked = several ? item.stem : place.dataset.wanted;
  const kind = item.options.length ? choices : field;
  const [shown, read, write] = kind(place, item, asked, several);
  write(remembered(place.id)[item.id]);
  const said = make("p", { role: "status" });
  const onsubmit = (event) => {
    event.preventDefault();
    const answer = read();
    if (answer.problem) return said.replaceChildren(answer.problem);
    remember(place.id, { [item.id]: answer.kept });
    const found = judge(item, answer.said);
    said.replaceChildren(...sentences(found));
    if (found.right) solved(item);
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

// The three ways to answer return what is shown, a function that reads it, one that
// writes back what was kept.
function field(place, item, asked) {
  const [label, input] = textField(place, item.id, asked);
  const shown = item.lines.length ? [lines(item), label, input] : [label, input];
  const read = () => ({ ...parse(item, input.value), kept: input.value });
  return [shown, read, (kept) => (input.value = kept || "")];
}

function textField(place, name, wanted) {
  const field = make("input", { id: `${place.id}-${name}`, autocomplete: "off" });
  const textContent = wanted ? `Your prediction: ${wanted}` : "Your prediction";
  return [make("label", { htmlFor: field.id, textContent }), field];
}

function lines(item) {
  const each = item.lines.map((line, k) => `${LETTERS[k]}  ${line}`);
  return make("pre", { textContent: each.join("\n") });
}

function choices(place, item, asked, several) {
  const type = item.kind === "choice" ? "radio" : "checkbox";
  const name = `${place.id}-${item.id}`;
  const boxes = item.options.map((_, k) => make("input", { type, name, value: k }));
  const labels = boxes.map((box, k) => make("label", {}, box, ` ${item.options[k]}`));
  const legend = make("legend", { textContent: several ? asked : "Your prediction" });
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
for (const place of document.querySelectorAll(".forget")) {
  const said = make("span", { role: "status" });
  const done = () => {
    forget();
    said.textContent = " Forgotten.";
  };
  const text = "Forget my answers";
  place.append(make("button", { textContent: text, onclick: done }), said);
}
