"use strict";
// What a page needs besides: long lines that the keyboard can scroll, a search that works
// from a file, and folds that are open on paper.

if (location.protocol === "file:") {
  // a page from a file may not fetch the others for excerpts; titles are found all the same
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// the arrow keys of a long line scroll it; elsewhere they turn the page
const sideways = (event) => {
  if (/^Arrow(Left|Right)$/.test(event.key)) event.stopPropagation();
};

function scrollers() {
  for (const one of document.querySelectorAll("pre, .table-wrapper")) {
    const wide = one.scrollWidth > one.clientWidth;
    if (wide) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
    one.onkeydown = wide ? sideways : null;
  }
}

scrollers();
addEventListener("resize", scrollers);
document.addEventListener("toggle", scrollers, true);

let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details")].map((fold) => [
    fold,
    fold.open,
    fold.hidden,
  ]);
  for (const [fold] of folded) [fold.open, fold.hidden] = [true, false];
});
addEventListener("afterprint", () => {
  for (const [fold, open, hidden] of folded) [fold.open, fold.hidden] = [open, hidden];
});

// Sphinx's captions of contents are headings without a level
for (const one of document.querySelectorAll('[role="heading"]:not([aria-level])')) {
  one.ariaLevel = "2";
}
