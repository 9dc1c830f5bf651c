// A photo from a file to the small square of pixels that the network takes, as
// `helpers/photos` does it: the middle square, white behind what is transparent, and
// Lanczos resampling in Pillow's way (a pass for rows and one for columns, each rounded
// to whole numbers).

const LARGEST = 2048; // a phone's canvas holds no 50 megapixels
const SUPPORT = 3; // Lanczos with three lobes on each side

function lanczos(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= SUPPORT) return 0;
  const a = Math.PI * x;
  return (SUPPORT * Math.sin(a) * Math.sin(a / SUPPORT)) / (a * a);
}

// For each output value: which input it begins with, and the weights, which sum to 1.
function taps(from, to) {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - SUPPORT * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + SUPPORT * stretch + 0.5), from);
    const weights = [];
    for (let x = first; x < end; x++)
      weights.push(lanczos((x - centre + 0.5) / stretch));
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((w) => w / sum) };
  });
}

// Resample columns: rows x width x 3 -> rows x size x 3; then the same for rows.
function resampleColumns(pixels, rows, width, size) {
  const out = new Uint8ClampedArray(rows * size * 3);
  const all = taps(width, size);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < size; c++) {
      const { first, weights } = all[c];
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++)
          sum += weights[i] * pixels[(r * width + first + i) * 3 + k];
        out[(r * size + c) * 3 + k] = Math.floor(sum + 0.5); // clamped to 0..255
      }
    }
  return out;
}

function turned(pixels, rows, columns) {
  const out = new Uint8ClampedArray(pixels.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      for (let k = 0; k < 3; k++)
        out[(c * rows + r) * 3 + k] = pixels[(r * columns + c) * 3 + k];
  return out;
}

// A square of side x side pixels -> height x width pixels, each 0..255, three channels.
export function resample(pixels, side, height, width) {
  const narrow = resampleColumns(pixels, side, side, width);
  const lying = resampleColumns(turned(narrow, side, width), width, side, height);
  return turned(lying, width, height);
}

// Draw the middle square of what `drawImage` takes and return its pixels, RGB.
export function middleSquare(image, width, height) {
  const side = Math.min(width, height);
  const shown = Math.min(side, LARGEST);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = shown;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, shown, shown);
  context.imageSmoothingQuality = "high";
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  context.drawImage(image, left, top, side, side, 0, 0, shown, shown);
  const { data } = context.getImageData(0, 0, shown, shown);
  const pixels = new Uint8ClampedArray(shown * shown * 3);
  for (let i = 0, j = 0; i < data.length; i++) if (i % 4 !== 3) pixels[j++] = data[i];
  return { pixels, side: shown };
}

// A file, or anything else that the browser can show, -> pixels for the network.
// The browser turns the picture the way the camera was held.
export async function readPhoto(blob, height, width) {
  // not createImageBitmap, which turns nothing in Safari before 17
  const image = new Image();
  const address = URL.createObjectURL(blob);
  try {
    if (blob.type.startsWith("image/svg")) throw new Error("no photo");
    image.src = address;
    await image.decode();
    const { pixels, side } = middleSquare(image, image.naturalWidth, image.naturalHeight);
    return resample(pixels, side, height, width);
  } catch {
    throw new Error("This browser cannot read that file as a picture. Choose a JPEG, "
      + "PNG or WEBP photo.");
  } finally {
    URL.revokeObjectURL(address);
  }
}

// Copy each pixel from the place that `from(row, column)` names; white where none is.
function moved({ data, shape }, from) {
  const [height, width] = shape;
  const out = new Uint8ClampedArray(data.length).fill(255);
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const [row, column] = from(r, c);
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      const at = (row * width + column) * 3;
      out.set(data.subarray(at, at + 3), (r * width + c) * 3);
    }
  return out;
}

// What can be done to a photo {data, shape}: each gives new pixels.
export const EDITS = {
  "\u2190 shift": (photo) => moved(photo, (r, c) => [r, c + 1]),
  "shift \u2192": (photo) => moved(photo, (r, c) => [r, c - 1]),
  "\u2191 shift": (photo) => moved(photo, (r, c) => [r + 1, c]),
  "shift \u2193": (photo) => moved(photo, (r, c) => [r - 1, c]),
  "Mirror": (photo) => moved(photo, (r, c) => [r, photo.shape[1] - 1 - c]),
  "Darker": ({ data }) => data.map((value) => value * 0.8),
  "Brighter": ({ data }) => data.map((value) => value * 1.25),
};

// The photo with a square of grey (`size` pixels a side) around a pixel.
export function covered({ data, shape }, row, column, size, grey = 128) {
  const out = Uint8ClampedArray.from(data);
  const half = Math.floor(size / 2);
  for (let r = Math.max(row - half, 0); r < Math.min(row - half + size, shape[0]); r++)
    for (let c = Math.max(column - half, 0); c < Math.min(column - half + size, shape[1]); c++)
      out.fill(grey, (r * shape[1] + c) * 3, (r * shape[1] + c) * 3 + 3);
  return out;
}
