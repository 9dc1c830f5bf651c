// One map, large, with one of its numbers chosen, and where that number comes from.
import { explain, indexOf, placeOf, show } from "./arithmetic.js";
import { afterTap, drawMap, element, layout, maps, numbers, reach, redrawn }
  from "./figures.js";
import { compute, get, inputsOf, origins, state } from "./page.js";

const WEIGHTIEST = 3; // input channels whose products are shown

// The row and column of the chosen number in the picture of its map.
function cell({ place }, shape) {
  if (place.unit === undefined) return [place.row, place.column];
  const columns = layout(shape)[1];
  return [Math.floor(place.unit / columns), place.unit % columns];
}

function placeAt(row, column, { place }, shape) {
  if (place.unit === undefined) return { row, column, channel: place.channel };
  const unit = row * layout(shape)[1] + column;
  return { unit: Math.min(unit, shape[0] - 1) };
}

export function showDetail() {
  const { i, place } = state.chosen;
  const step = state.steps[i];
  const y = state.outputs[i + 1];
  const channel = place.unit === undefined ? place.channel : 0;
  get("detail-head").textContent = place.unit === undefined
    ? `${step.name}, map ${channel}` : step.name;
  drawChosen(y, channel);
  const found = explain(step, inputsOf(step), y, place);
  get("said").textContent = found.said;
  get("large").setAttribute("aria-label", `${step.name}: ${found.said}`);
  showSwitches(step, i, place);
  showParts(step, i, found);
}

// Each number a square of the same size, the chosen one framed.
function drawChosen(y, channel) {
  const small = element("canvas");
  drawMap(small, y, channel, reach(y));
  const large = get("large");
  const size = Math.max(Math.floor(320 / Math.max(small.width, small.height)), 6);
  large.width = small.width * size;
  large.height = small.height * size;
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  const [row, column] = cell(state.chosen, y.shape);
  for (const [style, wide] of [["white", 4], ["black", 2]]) {
    context.strokeStyle = style;
    context.lineWidth = wide;
    context.strokeRect(column * size, row * size, size, size);
  }
}

function toggle(label, pressed, act) {
  return element("button", { type: "button", "aria-pressed": String(pressed), click: act },
    label);
}

function showSwitches(step, i, place) {
  const channel = place.unit === undefined ? place.channel : place.unit;
  step.off = step.off || new Set();
  const buttons = [toggle(`Switch ${place.unit === undefined ? "map" : "number"} ${channel} off`,
    step.off.has(channel), () => {
      if (!step.off.delete(channel)) step.off.add(channel);
      compute(i);
    })];
  const name = step.kind === "add" ? "the addition" : step.function;
  if (name && name !== "softmax")
    buttons.push(toggle(`Switch ${name} off`, Boolean(step.skipped), () => {
      step.skipped = !step.skipped;
      compute(i);
    }));
  get("switches").replaceChildren(...buttons);
}

// A field for the weight at this index; a new number goes through all that follows.
function field(step, i, array, at, label) {
  return element("input", { type: "number", step: "any", "aria-label": label,
    value: Number(array.data[at].toPrecision(3)),
    change: ({ target }) => {
      const value = Number(target.value);
      if (target.value === "" || !Number.isFinite(value)) return;
      array.data[at] = value;
      afterTap(() => redrawn(get("parts"), () => compute(i)));
    } });
}

function showParts(step, i, found) {
  const kernel = step.kernel;
  const all = [];
  for (const part of (found.parts || []).slice(0, WEIGHTIEST)) {
    const weights = part.at.map((row) => row.map((at) => kernel.data[at]));
    const products = part.values.map((row, r) => row.map((value, c) =>
      (value === null ? null : value * weights[r][c])));
    const edit = (value, r, c) => field(step, i, kernel, part.at[r][c],
      `weight ${r}, ${c} for channel ${part.channel}`);
    all.push(element("div", { class: "tables" },
      numbers(`channel ${part.channel}: window`, part.values), "\u00D7",
      numbers("kernel", weights, edit), "=", numbers(`products, sum ${show(part.sum)}`,
        products)));
  }
  if (found.parts && found.parts.length > WEIGHTIEST)
    all.push(element("p", { class: "hint" }, `The ${WEIGHTIEST} channels with the largest `
      + `sums, of ${found.parts.length}.`));
  if (found.values) all.push(numbers(step.kind === "add" ? origins(step).join(" + ")
    : "window", found.values));
  if (found.inputs) all.push(inputTable(step, i, found.inputs));
  get("parts").replaceChildren(...all);
}

function inputTable(step, i, inputs) {
  const rows = inputs.map(({ input, value, at, product }) => element("tr", {},
    ...[String(input), show(value), field(step, i, step.kernel, at, `weight of input ${input}`),
      show(product)].map((text) => element("td", {}, text))));
  const head = ["input", "value", "weight", "product"].map((text) =>
    element("th", { scope: "col" }, text));
  return element("table", { class: "numbers plain" }, element("caption", {},
    "the inputs that weigh most for it, then most against it"),
  element("tr", {}, ...head), ...rows);
}

export const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function startDetail() {
  const large = get("large");
  const shape = () => state.outputs[state.chosen.i + 1].shape;
  const go = (row, column) => {
    const [rows, columns] = layout(shape());
    const inside = (at, length) => Math.min(Math.max(at, 0), length - 1);
    const place = placeAt(inside(row, rows), inside(column, columns), state.chosen, shape());
    if (indexOf(shape(), place) === indexOf(shape(), state.chosen.place)) return;
    state.chosen.place = place;
    showDetail();
  };
  const point = (event) => {
    const box = large.getBoundingClientRect();
    const [rows, columns] = layout(shape());
    go(Math.floor(((event.clientY - box.top) / box.height) * rows),
      Math.floor(((event.clientX - box.left) / box.width) * columns));
  };
  large.addEventListener("pointermove", point);
  large.addEventListener("pointerdown", point);
  large.addEventListener("keydown", (event) => {
    const { place } = state.chosen;
    const step = { PageUp: -1, PageDown: 1 }[event.key];
    if (KEYS[event.key]) {
      const [row, column] = cell(state.chosen, shape());
      go(row + KEYS[event.key][0], column + KEYS[event.key][1]);
    } else if (step && place.unit === undefined) {
      const count = maps(shape());
      place.channel = (place.channel + step + count) % count;
      showDetail();
    } else if (event.key === "Escape") get("close").click();
    else return;
    event.preventDefault();
  });
  get("close").addEventListener("click", () => {
    get("detail").hidden = true;
    state.chosen = null;
  });
}
