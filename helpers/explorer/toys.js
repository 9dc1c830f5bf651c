// Small things to touch, one for each of notebooks 2, 4, 6 and 7, and notebook 6's whole
// network. Each shows its numbers and says in a sentence what they are now.
import { show } from "./arithmetic.js";
import { afterTap, bars, element, numbers, redrawn } from "./figures.js";
import { conv2d, dense, pooling, run, softmax, tensor } from "./layers.js";

const CROSS = Array.from({ length: 7 }, (_, r) =>
  Array.from({ length: 7 }, (__, c) => Number(r === c || r + c === 6)));
const FALLING = [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]];
const KERNELS = {
  "falling stroke": FALLING,
  "rising stroke": FALLING.map((row) => [...row].reverse()),
  "vertical edge": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
  "mean": Array(3).fill(Array(3).fill(0.111)),
};
// Notebook 6's dense layer: falling, rising, and a cross, which is much of both.
const WEIGHTS = Array.from({ length: 8 }, (_, i) => [i % 2 ? -1 : 1, i % 2 ? 1 : -1, 1]);
const BIAS = [0, 0, -20];
const PLACE = [document.getElementById("toy"), document.getElementById("toy-said")];

const rowsOf = ({ shape, data }, channel = 0) => Array.from({ length: shape[0] }, (_, r) =>
  Array.from({ length: shape[1] }, (__, c) => data[(r * shape[1] + c) * shape[2] + channel]));
const one = (rows) => tensor([rows.length, rows[0].length, 1],
  Float32Array.from(rows.flat()));
const button = (text, click) => element("button", { type: "button", click }, text);

function slider(label, options, change) {
  const shown = element("output", {}, show(options.value));
  const input = element("input", { type: "range", ...options, input: ({ target }) => {
    shown.textContent = show(Number(target.value));
    change(Number(target.value));
  } });
  return element("label", { class: "buttons" }, label, input, shown);
}

// A picture of zeros and ones whose cells are buttons.
function cells(picture, caption, changed) {
  const cell = (value, r, c) => element("button", { type: "button", class: "cell",
    "aria-label": `row ${r}, column ${c}: ${value}`, click: () => {
      picture[r][c] = 1 - picture[r][c];
      changed(`[aria-label^="row ${r}, column ${c}:"]`);
    } }, String(value));
  return numbers(caption, picture, cell);
}

// Draw again, and keep the keyboard where it was.
function draw(parts, said, focused) {
  PLACE[0].replaceChildren(...parts);
  PLACE[1].textContent = said;
  const again = focused && PLACE[0].querySelector(focused);
  if (again) again.focus();
}

function kernelToy() {
  const picture = CROSS.map((row) => [...row]);
  let kernel = FALLING.map((row) => [...row]);
  function update(focused) {
    const weights = { kernel: tensor([3, 3, 1, 1], Float32Array.from(kernel.flat())) };
    const map = conv2d(one(picture), { ...weights, strides: [1, 1], padding: "valid" });
    const field = (value, r, c) => element("input", { type: "number", step: "any", value,
      "aria-label": `kernel ${r}, ${c}`, change: ({ target }) => {
        if (target.value !== "") kernel[r][c] = Number(target.value);
        afterTap(() => redrawn(PLACE[0], update));
      } });
    const choices = Object.entries(KERNELS).map(([name, rows]) => button(name, () => {
      kernel = rows.map((row) => [...row]);
      update();
    }));
    const best = Math.max(...map.data);
    const at = map.data.indexOf(best);
    draw([element("p", { class: "buttons" }, ...choices),
      element("div", { class: "tables" }, cells(picture, "picture", update),
        numbers("kernel", kernel, field), numbers("feature map", rowsOf(map)))],
    `The kernel answers most at row ${Math.floor(at / 5)}, column ${at % 5}: ${show(best)}.`,
    focused);
  }
  update();
}

function poolingToy() {
  let picture = Array.from({ length: 8 }, (_, r) =>
    Array.from({ length: 8 }, (__, c) => Number(r > 1 && r < 6 && (c === 2 || r === 5) && c < 6)));
  const pool = (rows) => pooling(one(rows),
    { mode: "max", size: [2, 2], strides: [2, 2], padding: "valid" });
  const first = pool(picture);
  const start = picture;
  let moved = 0;
  function shift(by) {
    moved += by;
    picture = picture.map((row) => row.map((_, c) => row[c - by] || 0));
    update();
  }
  function update(focused) {
    const now = pool(picture);
    const pixels = picture.flat().filter((v, i) => v !== start.flat()[i]).length;
    const pooled = now.data.filter((v, i) => v !== first.data[i]).length;
    draw([element("p", { class: "buttons" }, button("\u2190 shift", () => shift(-1)),
      button("shift \u2192", () => shift(1))),
    element("div", { class: "tables" }, cells(picture, "8 \u00D7 8", update),
      numbers("after 2 \u00D7 2 max pooling", rowsOf(now)))],
    `Shifted by ${moved}: ${pixels} of 64 numbers differ from the start, ${pooled} of 16 `
      + "after pooling.", focused);
  }
  update();
}

function softmaxToy() {
  const [logits, names] = [[2, 1, 0], ["cat", "dog", "ship"]];
  let temperature = 1;
  const result = element("div");
  function update() {
    const powers = logits.map((value) => Math.exp(value / temperature));
    const found = softmax(tensor([3], Float32Array.from(logits)), temperature);
    result.replaceChildren(bars(names, [...found.data]));
    PLACE[1].textContent = `Powers ${powers.map(show).join(", ")}; their sum is `
      + `${show(powers.reduce((a, b) => a + b, 0))}; each divided by it: `
      + `${[...found.data].map((v) => v.toFixed(3)).join(", ")}.`;
  }
  draw([...names.map((name, k) => slider(`score of ${name} `,
    { min: -5, max: 10, step: 0.5, value: logits[k] }, (value) => {
      logits[k] = value;
      update();
    })), slider("temperature ", { min: 0.2, max: 10, step: 0.2, value: 1 }, (value) => {
    temperature = value;
    update();
  }), result], "");
  update();
}

// loss = w * w / 2 + 1: its gradient at w is w
function descentToy() {
  let [weight, rate, steps] = [4, 0.3, 0];
  const loss = (w) => (w * w) / 2 + 1;
  const canvas = element("canvas", { width: 480, height: 300, role: "img",
    "aria-label": "the loss over the weight, the point where we are and its tangent" });
  const [x, y] = [(w) => 240 + 40 * w, (l) => 280 - 22 * l];
  function line(colour, points) {
    const context = canvas.getContext("2d");
    context.strokeStyle = colour;
    context.lineWidth = 3;
    context.beginPath();
    points.forEach(([w, l], i) => context[i ? "lineTo" : "moveTo"](x(w), y(l)));
    context.stroke();
  }
  function update() {
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, 480, 300);
    line("#2166ac", Array.from({ length: 121 }, (_, i) => [i / 10 - 6, loss(i / 10 - 6)]));
    line("#b25806", [-1.5, 1.5].map((d) => [weight + d, loss(weight) + weight * d]));
    context.fillStyle = "black";
    context.beginPath();
    context.arc(x(weight), y(loss(weight)), 7, 0, 7);
    context.fill();
    PLACE[1].textContent = `Step ${steps}: weight ${show(weight)}, loss ${show(loss(weight))}, `
      + `gradient ${show(weight)}. The next step takes learning rate \u00D7 gradient = `
      + `${show(rate * weight)} away.`;
  }
  draw([canvas, slider("learning rate ", { min: 0.1, max: 2.2, step: 0.1, value: rate },
    (value) => {
      rate = value;
      update();
    }), element("p", { class: "buttons" }, button("Step", () => {
    weight = Math.max(-1e6, Math.min(1e6, weight - rate * weight));
    steps += 1;
    update();
  }), button("Start again", () => {
    [weight, steps] = [4, 0];
    update();
  }))], "");
  update();
}

function networkToy() {
  const picture = CROSS.map((row, r) => row.map((_, c) => Number(r === c)));
  const kernel = tensor([3, 3, 1, 2]);
  [FALLING, KERNELS["rising stroke"]].forEach((rows, f) =>
    rows.flat().forEach((value, i) => (kernel.data[2 * i + f] = value)));
  const last = { kernel: tensor([8, 3], Float32Array.from(WEIGHTS.flat())),
    bias: tensor([3], Float32Array.from(BIAS)) };
  function update(focused) {
    const maps = conv2d(one(picture), { kernel, strides: [1, 1], padding: "valid" });
    const active = run({ kind: "activation", function: "relu" }, [maps]);
    const pooled = pooling(active, { mode: "max", size: [2, 2], strides: [2, 2],
      padding: "valid" });
    const features = run({ kind: "flatten" }, [pooled]);
    const scores = dense(features, last);
    const found = softmax(scores);
    const both = (name, maps2) => [0, 1].map((k) =>
      numbers(`${name}, ${["falling", "rising"][k]}`, rowsOf(maps2, k)));
    draw([element("div", { class: "tables" }, cells(picture, "picture", update),
      ...both("convolution and ReLU", active), ...both("max pooling", pooled),
      numbers("flattened", [[...features.data]]), numbers("dense", [[...scores.data]])),
    bars(["falling", "rising", "cross"], [...found.data])],
    `Scores ${[...scores.data].map(show).join(", ")}; probabilities `
      + `${[...found.data].map((v) => v.toFixed(3)).join(", ")}.`, focused);
  }
  update();
}

({ kernel: kernelToy, pooling: poolingToy, softmax: softmaxToy, descent: descentToy,
  network: networkToy })[JSON.parse(document.getElementById("network").textContent)]();
