"use strict";
// One vote a screen, as large as fits. Without JavaScript all stand below each other.
const votes = [...document.querySelectorAll(".vote")];
const [back, next] = document.querySelectorAll("nav button");
const count = document.querySelector("nav [role=status]");
let shown = 0;
let changed = -200; // when the address was last changed, in ms
let later;

function fit() {
  const vote = votes[shown];
  let size = 44;
  const room = () => innerHeight - document.querySelector("nav").offsetHeight;
  do vote.style.fontSize = `${size}px`;
  while (vote.scrollHeight > room() - 2 && (size -= 2) >= 16);
}

function show(place) {
  shown = Math.max(0, Math.min(votes.length - 1, place));
  votes.forEach((vote, k) => (vote.hidden = k !== shown));
  back.disabled = shown === 0;
  next.disabled = shown === votes.length - 1;
  count.textContent = `${votes[shown].id}, ${shown + 1} of ${votes.length}`;
  scrollTo(0, 0);
  fit();
  // WebKit refuses more than 100 in 10 seconds, which a held key asks for
  clearTimeout(later);
  later = setTimeout(() => {
    changed = performance.now();
    history.replaceState(null, "", `#${votes[shown].id}`);
  }, changed + 200 - performance.now());
}

const named = () => Math.max(0, votes.findIndex((one) => `#${one.id}` === location.hash));
const steps = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 };
addEventListener("keydown", (event) => {
  if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  show(shown + steps[event.key]);
});
back.addEventListener("click", () => show(shown - 1));
next.addEventListener("click", () => show(shown + 1));
document.addEventListener("toggle", fit, true);
addEventListener("resize", fit);
addEventListener("hashchange", () => show(named()));
addEventListener("beforeprint", () => votes.forEach((vote) => (vote.hidden = false)));
addEventListener("afterprint", () => show(shown));
document.body.classList.add("screens");
if (votes.length) show(named());
