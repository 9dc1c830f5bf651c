// The page: what is shown, what was chosen, and what happens then.
import { forward, tensor } from "./layers.js";
import { placeOf } from "./arithmetic.js";
import { start } from "./controls.js";
import { showDetail } from "./detail.js";
import { bars, drawMap, drawPhoto, element, maps, reach } from "./figures.js";
import { readPhoto } from "./photo.js";

export const get = (id) => document.getElementById(id);
export const network = JSON.parse(get("network").textContent);
const FEW = 8; // maps of a layer that are shown at first
export const state = { photo: null, outputs: [], chosen: null, kept: null, all: new Set() };

// 16-bit floats -> 32 bits: sign, five bits of exponent, ten of fraction.
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024)
    : 2 ** -14 * (fraction / 1024));
}

function unpack(encoded) {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  return ({ shape, at, half }) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const data = half
      ? Float32Array.from(new Uint16Array(bytes.buffer, at, length), fromHalf)
      : new Float32Array(bytes.buffer.slice(at, at + 4 * length));
    return tensor(shape, data);
  };
}

// The steps as they were written, each array in place of where it begins.
export function readSteps({ steps, numbers }) {
  const take = unpack(numbers);
  return steps.map((step) => Object.fromEntries(Object.entries(step).map(
    ([name, value]) => [name, value && value.half !== undefined ? take(value) : value])));
}

state.steps = readSteps(network);

export function compute(first = 0) {
  const [height, width] = network.shape;
  const x = tensor([height, width, 3], Float32Array.from(state.photo.data));
  state.outputs = forward(state.steps, x, state.outputs, first);
  showAnswer();
  showLayers();
  if (state.chosen) showDetail();
}

export function setPhoto(data, message = "") {
  const [height, width] = network.shape;
  state.photo = { data: Uint8ClampedArray.from(data), shape: [height, width] };
  drawPhoto(get("pixels"), state.photo);
  get("message").textContent = message;
  compute();
}

export async function giveFile(blob) {
  try {
    const pixels = await readPhoto(blob, ...network.shape);
    state.original = pixels;
    setPhoto(pixels);
  } catch (error) {
    get("message").textContent = error.message;
  }
}

function showAnswer() {
  const scores = [...state.outputs[state.steps.length].data];
  get("bars").replaceChildren(bars(network.class_names, scores, state.kept));
}

export function inputsOf(step) {
  return step.inputs.map((at) => state.outputs[at]);
}

// The names of the layers that a step takes from.
export function origins(step) {
  return step.inputs.map((at) => (at ? state.steps[at - 1].name : "the photo"));
}

function title(step, i) {
  const kind = step.kind === "activation" ? step.function : step.kind;
  const count = step.parameters
    ? ` \u00B7 ${step.parameters.toLocaleString("en")} parameters` : "";
  const from = step.inputs.join() === String(i) ? ""
    : ` \u00B7 of ${origins(step).join(" + ")}`;
  return `${step.name}${step.name.startsWith(kind) ? "" : ` (${kind})`} \u00B7 `
    + `${step.shape.join(" \u00D7 ")}${count}${from}`;
}

// The channels of an output, the one with the largest number first.
function strongest(output) {
  const count = maps(output.shape);
  const most = new Array(count).fill(-Infinity);
  output.data.forEach((value, at) => {
    if (value > most[at % count]) most[at % count] = value;
  });
  return [...most.keys()].sort((a, b) => most[b] - most[a]);
}

function showLayers() {
  const rows = state.steps.map((step, i) => {
    const output = state.outputs[i + 1];
    const most = reach(output);
    const vector = output.shape.length === 1;
    const order = strongest(output);
    const shown = state.all.has(i) ? order : order.slice(0, FEW);
    const strip = element("div", { class: "strip" }, ...shown.map((channel) => {
      const canvas = element("canvas");
      drawMap(canvas, output, channel, most);
      const label = vector ? `the ${output.data.length} numbers of ${step.name}`
        : `map ${channel} of ${step.name}`;
      const press = () => choose(i, channel);
      return element("button", { type: "button", class: vector ? "vector" : null,
        "aria-label": label, click: press }, canvas,
      vector ? "" : element("small", {}, String(channel)));
    }));
    const more = order.length > shown.length && element("button", { type: "button",
      click: () => { state.all.add(i); showLayers(); } }, `Show all ${order.length} maps`);
    return element("li", {}, element("h3", {}, title(step, i)), strip, more);
  });
  get("layers").replaceChildren(...rows);
}

// Begin with the strongest number of a map.
export function choose(i, channel) {
  const output = state.outputs[i + 1];
  const count = maps(output.shape);
  let best = channel;
  for (let at = channel; at < output.data.length; at += count)
    if (output.data[at] > output.data[best]) best = at;
  state.chosen = { i, place: placeOf(output.shape, best) };
  get("detail").hidden = false;
  showDetail();
  get("large").focus({ preventScroll: true });
}

start();
