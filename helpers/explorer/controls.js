// Everything that gives a photo, changes it, or sets the network back.
import { KEYS, startDetail } from "./detail.js";
import { element } from "./figures.js";
import { forward, tensor } from "./layers.js";
import { compute, get, giveFile, network, readSteps, setPhoto, state } from "./page.js";
import { EDITS, covered } from "./photo.js";

const COVER = 8; // pixels along each side of the grey square
const LINK = "That was a link to a picture, not a picture: save the picture first, then "
  + "choose the file.";

// A dropped or pasted thing: the first file, or a word on what else it is.
function take(transfer) {
  const files = [...transfer.files];
  if (!files.length) {
    get("message").textContent = LINK;
    return;
  }
  const after = files.length > 1 ? "Only the first of these files is shown." : "";
  giveFile(files[0]).then(() => { if (after) get("message").textContent = after; });
}

function startPhotos() {
  for (const name of ["file", "shot"])
    get(name).addEventListener("change", ({ target }) => {
      if (target.files.length) giveFile(target.files[0]);
      target.value = ""; // so that the same file is answered twice
    });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer);
  });
  document.addEventListener("paste", (event) => {
    if (event.target.tagName === "INPUT") return;
    event.preventDefault();
    take(event.clipboardData);
  });
  const bytes = (address) => Uint8Array.from(atob(address.split(",")[1]),
    (letter) => letter.charCodeAt(0));
  get("carried").append(...network.photos.map((address, i) => element("button",
    { type: "button", "aria-label": `photo ${i + 1} of this page`,
      click: () => giveFile(new Blob([bytes(address)], { type: "image/png" })) },
    element("img", { src: address, alt: "" }))));
}

function startEdits() {
  const edit = (change) => () => setPhoto(change(state.photo));
  const buttons = Object.entries(EDITS).map(([name, change]) =>
    element("button", { type: "button", click: edit(change) }, name));
  const pens = { "Cover a square": [COVER, 128], "Draw": [2, 0] }; // size and grey
  const toggles = Object.keys(pens).map((name) => element("button", { type: "button",
    "aria-pressed": "false", click: ({ target }) => {
      const on = target.getAttribute("aria-pressed") === "false";
      toggles.forEach((one) => one.setAttribute("aria-pressed", String(on && one === target)));
      get("pixels").style.touchAction = on ? "none" : ""; // else a thumb scrolls the page
      get("message").textContent = on ? "Tap the photo, or move over it with the arrow keys "
        + "and press Enter." : "";
    } }, name));
  const use = (row, column) => {
    const pen = toggles.find((one) => one.getAttribute("aria-pressed") === "true");
    if (pen) setPhoto(covered(state.photo, row, column, ...pens[pen.textContent]));
  };
  startPen(use);
  const look = element("button", { type: "button", click: occlusion }, "Where did it look?");
  const back = element("button", { type: "button",
    click: () => setPhoto(state.original) }, "Photo as it was");
  get("edits").append(...buttons, ...toggles, look, back);
}

// Use a pen where the pointer is pressed, or where the arrow keys have led.
function startPen(use) {
  const pixels = get("pixels");
  const [height, width] = network.shape;
  const at = [Math.floor(height / 2), Math.floor(width / 2)];
  const go = (row, column) => {
    at[0] = Math.min(Math.max(row, 0), height - 1);
    at[1] = Math.min(Math.max(column, 0), width - 1);
    pixels.setAttribute("aria-label", `what arrives at the network; row ${at[0]}, column `
      + `${at[1]}`);
  };
  const point = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const box = pixels.getBoundingClientRect();
    go(Math.floor(((event.clientY - box.top) / box.height) * height),
      Math.floor(((event.clientX - box.left) / box.width) * width));
    use(...at);
  };
  pixels.addEventListener("pointerdown", point);
  pixels.addEventListener("pointermove", point);
  pixels.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (step) go(at[0] + step[0], at[1] + step[1]);
    else if (event.key === "Enter") use(...at);
    else return;
    event.preventDefault();
  });
}

// Cover a square at each of 8 x 8 places; draw how far the answer's score falls.
async function occlusion() {
  const [height, width] = network.shape;
  const scores = state.outputs[state.steps.length].data;
  const best = scores.indexOf(Math.max(...scores));
  const context = get("pixels").getContext("2d");
  const drops = [];
  for (let i = 0; i < 64; i++) {
    const row = Math.floor(((Math.floor(i / 8) + 0.5) * height) / 8);
    const column = Math.floor((((i % 8) + 0.5) * width) / 8);
    const data = Float32Array.from(covered(state.photo, row, column, COVER));
    const out = forward(state.steps, tensor([height, width, 3], data));
    drops.push({ row, column, drop: scores[best] - out[state.steps.length].data[best] });
    if (i % 8 === 7) {
      get("message").textContent = `Covering squares: ${i + 1} of 64`;
      await new Promise((go) => setTimeout(go));
    }
  }
  const most = Math.max(...drops.map(({ drop }) => drop));
  for (const { row, column, drop } of drops) {
    context.fillStyle = `rgb(0 0 0 / ${most > 0 ? 0.75 * (1 - Math.max(drop, 0) / most) : 0.75})`;
    context.fillRect(column - width / 16, row - height / 16, width / 8, height / 8);
  }
  const { row, column } = drops.find(({ drop }) => drop === most);
  get("message").textContent = `Bright: where a grey square lowers the score of `
    + `${network.class_names[best]} most, by ${most.toFixed(2)} at row ${row}, column ${column}.`;
}

function startNetwork() {
  get("temperature").addEventListener("input", ({ target }) => {
    const value = 10 ** (target.value / 2);
    get("warm").textContent = value.toFixed(1);
    const last = state.steps.length - 1;
    state.steps[last].temperature = value;
    compute(last);
  });
  get("keep").addEventListener("click", () => {
    state.kept = state.kept ? null : [...state.outputs[state.steps.length].data];
    get("keep").setAttribute("aria-pressed", String(Boolean(state.kept)));
    compute(state.steps.length);
  });
  const before = get("before");
  before.hidden = !network.before;
  const fresh = () => readSteps(before.getAttribute("aria-pressed") === "true"
    ? { ...network, numbers: network.before } : network);
  before.addEventListener("click", () => {
    before.setAttribute("aria-pressed", String(before.getAttribute("aria-pressed") === "false"));
    state.steps = fresh();
    compute();
  });
  get("reset").addEventListener("click", () => {
    state.steps = fresh();
    get("temperature").value = 0;
    get("warm").textContent = "1.0";
    compute();
  });
}

// The camera needs a page from a server; elsewhere a phone's own button takes photos.
function startCamera() {
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  const [button, video] = [get("camera"), get("video")];
  button.hidden = location.protocol === "file:";
  button.addEventListener("click", async () => {
    try {
      if (video.hidden) {
        video.srcObject = await navigator.mediaDevices.getUserMedia(
          { video: { facingMode: "environment" } });
        await video.play();
        video.hidden = false;
        button.textContent = "Take it";
        return;
      }
      const held = document.createElement("canvas");
      [held.width, held.height] = [video.videoWidth, video.videoHeight];
      held.getContext("2d").drawImage(video, 0, 0);
      video.srcObject.getTracks().forEach((track) => track.stop());
      video.hidden = true;
      button.textContent = "Camera";
      held.toBlob(giveFile);
    } catch {
      get("message").textContent = "The browser gives no camera: choose a photo instead.";
    }
  });
}

export function start() {
  document.title = get("title").textContent = network.title;
  get("size").textContent = network.shape.slice(0, 2).join(" \u00D7 ");
  for (const each of [startPhotos, startEdits, startNetwork, startCamera, startDetail]) each();
  const [height, width] = network.shape;
  state.original = new Uint8ClampedArray(height * width * 3).fill(200);
  setPhoto(state.original);
  const first = get("carried").querySelector("button");
  if (first) first.click();
}
