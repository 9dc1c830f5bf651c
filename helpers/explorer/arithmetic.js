// Where one number of a layer's output comes from: what stood before, what it was
// multiplied with, and a sentence that says it all.
// `place` is {row, column, channel}, or {unit} in a vector.
import { scaleAndShift, windows } from "./layers.js";

export function show(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e5) return String(value).replace("-", "\u2212");
  if (size >= 1e6 || size < 0.0005) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
    .replace("-", "\u2212");
}

// Index of a place in the data of a tensor of this shape.
export function indexOf(shape, { row, column, channel, unit }) {
  return shape.length === 1 ? unit : (row * shape[1] + column) * shape[2] + channel;
}

export function placeOf(shape, index) {
  if (shape.length === 1) return { unit: index };
  const channel = index % shape[2];
  const pixel = (index - channel) / shape[2];
  return { row: Math.floor(pixel / shape[1]), column: pixel % shape[1], channel };
}

// The values of one channel under a window; null where padding lies.
function under(x, step, size, { row, column }, channel) {
  const [, top] = windows(x.shape[0], size[0], step.strides[0], step.padding);
  const [, left] = windows(x.shape[1], size[1], step.strides[1], step.padding);
  return Array.from({ length: size[0] }, (_, i) =>
    Array.from({ length: size[1] }, (_, j) => {
      const r = row * step.strides[0] + i - top;
      const c = column * step.strides[1] + j - left;
      const inside = r >= 0 && c >= 0 && r < x.shape[0] && c < x.shape[1];
      return inside ? x.data[indexOf(x.shape, { row: r, column: c, channel })] : null;
    }));
}

function ofConvolution(step, x, y, place) {
  const [kh, kw, channels, filters] = step.kernel.shape;
  const parts = Array.from({ length: channels }, (_, channel) => {
    const values = under(x, step, [kh, kw], place, channel);
    const at = values.map((row, i) => row.map((_, j) =>
      ((i * kw + j) * channels + channel) * filters + place.channel));
    const sum = values.reduce((all, row, i) => all + row.reduce((some, value, j) =>
      some + (value || 0) * step.kernel.data[at[i][j]], 0), 0);
    return { channel, values, at, sum };
  }).sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const bias = step.bias ? step.bias.data[place.channel] : null;
  const [first] = parts;
  const said = `${kh * kw * channels} products: ${channels} ${channels > 1
    ? `channels, the weightiest is channel ${first.channel} with ${show(first.sum)}`
    : "channel"}, sum ${show(parts.reduce((sum, p) => sum + p.sum, 0))}`
    + (bias === null ? "" : `, plus bias ${show(bias)}`);
  return { parts, bias, said };
}

function ofPooling(step, x, y, place) {
  const values = under(x, step, step.size, place, place.channel);
  const all = values.flat().filter((value) => value !== null);
  const what = step.mode === "max" ? "the largest of" : "the mean of";
  return { values, said: `${what} ${all.map(show).join(", ")}` };
}

function ofGlobal(step, x, y, { unit }) {
  const channel = x.data.filter((_, at) => at % x.shape[2] === unit);
  const what = step.mode === "max" ? "the largest" : "the mean";
  const where = channel.indexOf(Math.max(...channel));
  const found = step.mode === "max"
    ? `, at row ${Math.floor(where / x.shape[1])}, column ${where % x.shape[1]}` : "";
  return { said: `${what} of the ${channel.length} numbers of map ${unit}${found}` };
}

function ofNormalization(step, x, y, place) {
  const k = y.shape.length === 1 ? place.unit : place.channel;
  const [scale, shift] = scaleAndShift(step, k);
  const value = x.data[indexOf(x.shape, place)];
  const gamma = step.gamma ? step.gamma.data[k] : 1;
  const beta = step.beta ? step.beta.data[k] : 0;
  return { said: `(${show(value)} \u2212 mean ${show(step.mean.data[k])}) / \u221A(variance `
    + `${show(step.variance.data[k])} + ${step.epsilon}) \u00D7 gamma ${show(gamma)} + beta `
    + `${show(beta)}; in one step ${show(value)} \u00D7 ${show(scale)} + ${show(shift)}` };
}

function ofFlatten(step, x, y, { unit }) {
  const { row, column, channel } = placeOf(x.shape, unit);
  if (x.shape.length === 1) return { said: "already a vector" };
  return { said: `map ${channel}, row ${row}, column ${column}: index (${row} \u00D7 `
    + `${x.shape[1]} + ${column}) \u00D7 ${x.shape[2]} + ${channel} = ${unit}` };
}

function ofDense(step, x, y, { unit }) {
  const [inputs, units] = step.kernel.shape;
  const parts = Array.from({ length: inputs }, (_, input) => {
    const at = input * units + unit;
    const product = x.data[input] * step.kernel.data[at];
    return { input, value: x.data[input], at, product };
  }).sort((a, b) => b.product - a.product);
  const bias = step.bias ? step.bias.data[unit] : null;
  const sum = parts.reduce((all, part) => all + part.product, 0);
  return { inputs: [...parts.slice(0, 5), ...parts.slice(5).slice(-5)], bias,
    said: `${inputs} products, sum ${show(sum)}`
      + (bias === null ? "" : `, plus bias ${show(bias)}`) };
}

function ofActivation(step, x, y, place) {
  const value = x.data[indexOf(x.shape, place)];
  if (step.function !== "softmax")
    return { said: step.skipped ? `${show(value)}, passed on: switched off`
      : `${step.function}(${show(value)})` };
  const length = y.shape[y.shape.length - 1];
  const at = indexOf(y.shape, place);
  const values = [...x.data.subarray(at - (at % length), at - (at % length) + length)];
  const warm = step.temperature || 1;
  const powers = values.map((v) => Math.exp((v - Math.max(...values)) / warm));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { said: `e^((${show(value)} \u2212 ${show(Math.max(...values))})`
    + `${warm === 1 ? "" : ` / ${warm}`}) = ${show(powers[at % length])}, divided by the `
    + `sum of all ${length} powers, ${show(sum)}` };
}

function ofAddition(step, x, y, place, inputs) {
  const values = inputs.map(({ data }) => data[indexOf(y.shape, place)]);
  return { values: [values], said: step.skipped
    ? `${show(values[0])}, passed on: the addition is switched off`
    : values.map(show).join(" + ").replaceAll("+ \u2212", "\u2212 ") };
}

const ARITHMETIC = {
  add: ofAddition,
  activation: ofActivation, conv2d: ofConvolution, dense: ofDense, flatten: ofFlatten,
  global: ofGlobal, normalization: ofNormalization, pooling: ofPooling,
  idle: () => ({ said: "passed on unchanged: this layer acts in training only" }),
  rescaling: (step, x, y, place) => ({ said: `${show(x.data[indexOf(x.shape, place)])} `
    + `\u00D7 ${show(step.scale)} + ${show(step.offset)}`.replace("+ \u2212", "\u2212 ") }),
};

export function where({ row, column, channel, unit }) {
  return unit === undefined
    ? `map ${channel}, row ${row}, column ${column}` : `number ${unit}`;
}

// {said, ...}: the arithmetic of the number at `place` of `y`, the output for `inputs`.
export function explain(step, inputs, y, place) {
  const found = ARITHMETIC[step.kind](step, inputs[0], y, place, inputs);
  const value = show(y.data[indexOf(y.shape, place)]);
  const channel = place.unit === undefined ? place.channel : place.unit;
  const off = step.off && step.off.has(channel) ? "; switched off" : "";
  return { ...found, said: `${where(place)}: ${value} = ${found.said}${off}` };
}
