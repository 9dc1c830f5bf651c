// A photo in, the service's answer on the page. No library, no build step.

const part = (id) => document.getElementById(id);
let asked = new AbortController(); // of the newest question; older ones are given up

// throws a sentence for what cannot be sent
async function check(photo) {
  const most = Number(part("drop").dataset.most);
  if (photo.size > most) {
    const [size, limit] = [photo.size, most].map((bytes) => Math.ceil(bytes / 1e6));
    throw new Error(`the photo has ${size} MB, more than ${limit}: make it smaller`);
  }
  await photo.slice(0, 1).arrayBuffer().catch(() => {
    throw new Error("this cannot be read: if it is a folder, choose a photo inside it");
  });
}

async function ask(photo, signal) {
  const form = new FormData();
  form.append("image", photo, "photo");
  const question = { method: "POST", body: form, signal };
  const answer = await fetch("explain", question).catch(() => {
    throw new Error("the service does not answer: is it still running?");
  });
  const found = await answer.json().catch(() => ({})); // a proxy may answer in HTML
  const otherwise = `the answer was ${answer.status}: try again in a moment`;
  if (!answer.ok || !found.scores) throw new Error(found.detail ?? otherwise);
  return found;
}

// `aside` is said beside the answer, whatever that is
async function look(photo, aside = "") {
  asked.abort();
  const mine = (asked = new AbortController());
  part("trouble").textContent = aside;
  part("status").textContent = "The network is looking …";
  try {
    await check(photo);
    const found = await ask(photo, mine.signal);
    if (mine === asked) show(photo, found);
  } catch (error) {
    if (mine !== asked) return;
    refuse(error.message, aside);
  }
}

function refuse(sentence, aside = "") {
  part("status").textContent = "";
  part("result").hidden = true;
  part("trouble").textContent = `Sorry: ${sentence}. ${aside}`;
}

function show(photo, found) {
  URL.revokeObjectURL(part("photo").src);
  part("photo").src = URL.createObjectURL(photo);
  paint(part("seen"), found.pixels.flat());
  paint(part("looked"), colours(found));
  part("where").textContent = described(found);
  part("scores").replaceChildren(...Object.entries(found.scores).map(row(found.class)));
  part("model").textContent = `Model: ${found.model}, SHA-256 ${found.model_sha256}.`;
  part("result").hidden = false;
  const score = found.scores[found.class].toFixed(2);
  part("status").textContent = `The network says: ${found.class}, score ${score}`;
}

function row(best) {
  return ([name, score]) => {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    const bar = document.createElement("div");
    bar.className = "bar";
    bar.style.width = `${100 * score}%`;
    line.className = name === best ? "best" : "";
    line.append(head);
    line.insertCell().textContent = score.toFixed(2);
    line.insertCell().append(bar);
    return line;
  };
}

function paint(canvas, colours) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  colours.forEach((rgb, i) => image.data.set([...rgb, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

// the photo in grey; orange where covering lowers the score, blue where it raises it
function colours({ pixels, drops }) {
  const flat = drops.flat();
  const largest = flat.reduce((most, drop) => Math.max(most, Math.abs(drop)), 1e-9);
  return pixels.flat().map((rgb, i) => {
    const drop = flat[i] / largest;
    const grey = (rgb[0] + rgb[1] + rgb[2]) / 3;
    const tint = drop > 0 ? [230, 120, 0] : [0, 110, 220];
    const share = 0.8 * Math.abs(drop);
    return tint.map((value) => share * value + (1 - share) * grey);
  });
}

function described(found) {
  const flat = found.drops.flat();
  const most = flat.reduce((largest, drop) => Math.max(largest, drop), -1);
  if (most <= 0) return "Where it looked: no covered place lowers the score; blue raises it.";
  const at = flat.indexOf(most);
  const width = found.drops.length;
  const third = (index) => Math.floor((3 * index) / width);
  const place = ["upper", "middle", "lower"][third(Math.floor(at / width))];
  const side = ["left", "centre", "right"][third(at % width)];
  return (
    `Where it looked: covering the orange places lowers the score of ${found.class}, ` +
    `most in the ${place} ${side} (by ${most.toFixed(2)}); blue raises it.`
  );
}

const LINK =
  "that was a link or a text, not a photo: save the picture as a file " +
  "(right click, or hold a finger on it), then choose it here";

// what was dropped or pasted: files, or only words about a picture elsewhere
function given(transfer) {
  const files = [...(transfer?.files ?? [])];
  const photo = files.find((file) => file.type.startsWith("image/")) ?? files[0];
  if (!photo) {
    asked.abort(); // an answer to an older photo would hide this
    asked = new AbortController();
    return refuse(LINK);
  }
  const others =
    `Of these ${files.length} files ${photo.name} alone is read: give one at a time.`;
  look(photo, files.length > 1 ? others : "");
}

for (const [button, input] of [["choose", "file"], ["take", "camera"]]) {
  part(button).addEventListener("click", () => part(input).click());
  part(input).addEventListener("change", (event) => {
    const photo = event.target.files[0];
    if (photo) look(photo);
    event.target.value = ""; // so that the same file can be chosen again
  });
}

document.addEventListener("paste", (event) => given(event.clipboardData));

document.addEventListener("dragover", (event) => {
  event.preventDefault();
  part("drop").classList.add("over");
});
document.addEventListener("dragleave", () => part("drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  part("drop").classList.remove("over");
  given(event.dataTransfer);
});
