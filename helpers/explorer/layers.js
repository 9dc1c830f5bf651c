// The layers of a network, one function each, from an input to an output.
// A tensor is {shape, data}: maps as [height, width, channels], rows one behind the
// other as in NumPy, channels last; a vector as [length]. `data` is a Float32Array.

export function tensor(shape, data) {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: data || new Float32Array(size) };
}

// Output length and zeros before the first value, as TensorFlow counts them.
export function windows(length, size, stride, padding) {
  if (padding === "valid") return [Math.floor((length - size) / stride) + 1, 0];
  const out = Math.ceil(length / stride);
  const zeros = Math.max((out - 1) * stride + size - length, 0);
  return [out, Math.floor(zeros / 2)];
}

export function conv2d(x, { kernel, bias, strides, padding }) {
  const [height, width, channels] = x.shape;
  const [kh, kw, , filters] = kernel.shape;
  const [rows, top] = windows(height, kh, strides[0], padding);
  const [columns, left] = windows(width, kw, strides[1], padding);
  const y = tensor([rows, columns, filters]);
  const sums = new Float64Array(filters);
  const [values, weights] = [x.data, kernel.data];
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      for (let f = 0; f < filters; f++) sums[f] = bias ? bias.data[f] : 0;
      for (let i = 0; i < kh; i++) {
        const row = r * strides[0] + i - top;
        if (row < 0 || row >= height) continue;
        for (let j = 0; j < kw; j++) {
          const column = c * strides[1] + j - left;
          if (column < 0 || column >= width) continue;
          const from = (row * width + column) * channels;
          for (let k = 0; k < channels; k++) {
            const value = values[from + k];
            if (value === 0) continue; // after a ReLU, most are
            const w = ((i * kw + j) * channels + k) * filters;
            for (let f = 0; f < filters; f++) sums[f] += value * weights[w + f];
          }
        }
      }
      y.data.set(sums, (r * columns + c) * filters);
    }
  return y;
}

export function pooling(x, { mode, size, strides, padding }) {
  const [height, width, channels] = x.shape;
  const [rows, top] = windows(height, size[0], strides[0], padding);
  const [columns, left] = windows(width, size[1], strides[1], padding);
  const y = tensor([rows, columns, channels]);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let k = 0; k < channels; k++) {
        let best = -Infinity, sum = 0, count = 0;
        for (let i = 0; i < size[0]; i++)
          for (let j = 0; j < size[1]; j++) {
            const row = r * strides[0] + i - top;
            const column = c * strides[1] + j - left;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const value = x.data[(row * width + column) * channels + k];
            if (value > best) best = value;
            sum += value;
            count++;
          }
        const at = (r * columns + c) * channels + k;
        y.data[at] = mode === "max" ? best : sum / count;
      }
  return y;
}

export function globalPooling(x, { mode }) {
  const channels = x.shape[2];
  const places = x.shape[0] * x.shape[1];
  const y = tensor([channels]);
  for (let k = 0; k < channels; k++) {
    let best = -Infinity, sum = 0;
    for (let at = k; at < x.data.length; at += channels) {
      best = Math.max(best, x.data[at]);
      sum += x.data[at];
    }
    y.data[k] = mode === "max" ? best : sum / places;
  }
  return y;
}

// What batch normalization multiplies channel k by, and then adds.
export function scaleAndShift(step, k) {
  const gamma = step.gamma ? step.gamma.data[k] : 1;
  const beta = step.beta ? step.beta.data[k] : 0;
  const scale = gamma / Math.sqrt(step.variance.data[k] + step.epsilon);
  return [scale, beta - step.mean.data[k] * scale];
}

export function normalization(x, step) {
  const channels = x.shape[x.shape.length - 1];
  const y = tensor(x.shape);
  for (let k = 0; k < channels; k++) {
    const [scale, shift] = scaleAndShift(step, k);
    for (let at = k; at < x.data.length; at += channels)
      y.data[at] = x.data[at] * scale + shift;
  }
  return y;
}

export function dense(x, { kernel, bias }) {
  const [inputs, units] = kernel.shape;
  const sums = new Float64Array(units);
  for (let u = 0; u < units; u++) sums[u] = bias ? bias.data[u] : 0;
  for (let i = 0; i < inputs; i++) {
    const value = x.data[i];
    if (value === 0) continue;
    for (let u = 0; u < units; u++) sums[u] += value * kernel.data[i * units + u];
  }
  return tensor([units], Float32Array.from(sums));
}

// The error function to 1e-7 (Abramowitz and Stegun, Handbook of Mathematical
// Functions, 7.1.26, gives 1.5e-7).
export function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t
    - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

export const FUNCTIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

// Softmax over the last axis: of a vector, or of the channels at every place.
export function softmax(x, temperature = 1) {
  const length = x.shape[x.shape.length - 1];
  const y = tensor(x.shape);
  for (let from = 0; from < x.data.length; from += length) {
    const values = x.data.subarray(from, from + length);
    const largest = Math.max(...values);
    const powers = Array.from(values, (v) => Math.exp((v - largest) / temperature));
    const sum = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, i) => (y.data[from + i] = power / sum));
  }
  return y;
}

export function activation(x, step) {
  if (step.function === "softmax") return softmax(x, step.temperature);
  return tensor(x.shape, x.data.map(FUNCTIONS[step.function]));
}

// The sum of several outputs of one shape: a residual connection.
export function add(inputs) {
  const [first, ...others] = inputs;
  const data = Float32Array.from(first.data, (value, at) =>
    others.reduce((sum, { data }) => sum + data[at], value));
  return tensor(first.shape, data);
}

const KINDS = {
  conv2d, pooling, normalization, dense, activation,
  global: globalPooling,
  flatten: (x) => tensor([x.data.length], x.data),
  idle: (x) => x,
  rescaling: (x, { scale, offset }) =>
    tensor(x.shape, x.data.map((value) => value * scale + offset)),
};

// One step: its inputs -> its output. `off` lists channels that give zeros and `skipped`
// passes the first input on (the page can switch them off).
export function run(step, inputs) {
  const [x] = inputs;
  const y = step.skipped ? tensor(x.shape, x.data)
    : step.kind === "add" ? add(inputs) : KINDS[step.kind](x, step);
  if (!step.off || !step.off.size) return y;
  const channels = y.shape[y.shape.length - 1];
  const data = y.data.map((value, at) => (step.off.has(at % channels) ? 0 : value));
  return tensor(y.shape, data);
}

// All outputs, the image first; a step names its inputs by their place among them. With
// `outputs` of an earlier pass, only from `first` on.
export function forward(steps, x, outputs = [], first = 0) {
  const all = first ? outputs.slice(0, first + 1) : [x];
  for (let i = first; i < steps.length; i++)
    all.push(run(steps[i], steps[i].inputs.map((at) => all[at])));
  return all;
}
