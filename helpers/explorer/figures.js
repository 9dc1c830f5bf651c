// Pictures of numbers, and the elements that hold them.
import { show } from "./arithmetic.js";

// element("button", {class: "x", click: () => {}}, "text", child)
export function element(tag, attributes = {}, ...children) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") one.addEventListener(name, value);
    else if (value === true) one.setAttribute(name, "");
    else if (value !== false && value !== null) one.setAttribute(name, value);
  }
  one.append(...children.filter((child) => child !== null && child !== false));
  return one;
}

let pressed = false;
const waiting = [];
const act = () => waiting.splice(0).forEach((one) => one());
addEventListener("pointerdown", (event) => {
  pressed = event.isPrimary && event.button === 0;
}, true);
for (const end of ["pointerup", "pointercancel", "contextmenu", "keydown"])
  addEventListener(end, () => {
    pressed = false;
    setTimeout(act);
  }, true);

// Do what redraws the page when no tap is under way. A tap elsewhere ends a change; what
// is tapped would be gone before its click.
export function afterTap(one) {
  waiting.push(one);
  if (!pressed) setTimeout(act);
}

// Redraw a place, and give the focus back to what has the same name there.
export function redrawn(place, redraw) {
  const held = place.contains(document.activeElement)
    && document.activeElement.getAttribute("aria-label");
  redraw();
  const again = held && place.querySelector(`[aria-label="${CSS.escape(held)}"]`);
  if (again) again.focus();
}

const BLUE = [33, 102, 172];
const ORANGE = [178, 88, 6];

// Blue below 0, white at 0, orange above: `part` is from -1 to 1. Writes four bytes.
function paint(bytes, at, part) {
  const size = Math.min(Math.abs(part), 1);
  const full = part < 0 ? BLUE : ORANGE;
  for (let c = 0; c < 3; c++) bytes[at + c] = Math.round(255 + (full[c] - 255) * size);
  bytes[at + 3] = 255;
}

// How a tensor is laid out as a picture: maps as they are, a vector in rows of 32.
export function layout(shape) {
  if (shape.length > 1) return [shape[0], shape[1]];
  const columns = Math.min(shape[0], 32);
  return [Math.ceil(shape[0] / columns), columns];
}

export function maps(shape) {
  return shape.length > 1 ? shape[2] : 1;
}

// The largest size of any number, by which a layer's colours are scaled.
export function reach(tensor) {
  return tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9);
}

export function drawMap(canvas, tensor, channel, most) {
  const [rows, columns] = layout(tensor.shape);
  const count = maps(tensor.shape);
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const bytes = image.data;
  for (let i = 0; i < rows * columns; i++) {
    const at = i * count + channel;
    if (at >= tensor.data.length) break;
    paint(bytes, 4 * i, tensor.data[at] / most);
  }
  context.putImageData(image, 0, 0);
}

export function drawPhoto(canvas, { data, shape }) {
  [canvas.height, canvas.width] = shape;
  const context = canvas.getContext("2d");
  const image = context.createImageData(shape[1], shape[0]);
  for (let i = 0; i < shape[0] * shape[1]; i++)
    image.data.set([data[3 * i], data[3 * i + 1], data[3 * i + 2], 255], i * 4);
  context.putImageData(image, 0, 0);
}

// A small table of numbers, each on its colour; `inner` may replace the text of a cell.
export function numbers(caption, rows, inner = show) {
  const most = Math.max(...rows.flat().map((v) => Math.abs(v || 0)), 1e-9);
  const body = rows.map((row, i) => element("tr", {}, ...row.map((value, j) => {
    const cell = element("td", {}, value === null ? "pad" : inner(value, i, j));
    const tint = [221, 221, 221, 255];
    if (value !== null) paint(tint, 0, (0.6 * value) / most);
    cell.style.background = `rgb(${tint.slice(0, 3)})`;
    return cell;
  })));
  return element("table", { class: "numbers" }, element("caption", {}, caption), ...body);
}

// A bar for each class, the likeliest first; `kept` are scores to compare with.
export function bars(names, scores, kept) {
  const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a]);
  return element("ol", { class: "bars" }, ...order.map((k) => {
    const bar = element("span", { class: "bar" });
    bar.style.width = `${100 * Math.min(Math.max(scores[k], 0), 1)}%`;
    const before = kept ? ` (kept: ${kept[k].toFixed(2)})` : "";
    return element("li", {}, element("span", { class: "name" }, names[k]),
      element("span", { class: "track" }, bar),
      element("span", { class: "score" }, scores[k].toFixed(2) + before));
  }));
}
