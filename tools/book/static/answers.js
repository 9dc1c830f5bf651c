"use strict";
// Answers as readers write them, read and compared as helpers/checks/answers.py does:
// tests/tools/answer_cases.toml holds both to the same cases. Options are compared by
// their place, since the page offers them to choose from.

const NUMBER =
  /[-+]?(?:\d[\d,_]*\d|\d)?(?:\.\d+)?(?:\/\d+)?(?:e[-+]?\d+)?/gi;
const WORDS =
  "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const LETTERS = "ABCDEFGH";
const ASKED = {
  number: "a number, such as 12",
  list: "numbers in a list, such as 3, 5",
  shape: "a shape, such as 3 x 3",
  order: "the letters of the lines in their order, such as CAB",
};

// Return {said}, or {problem: a sentence}.
function parse(item, text) {
  if (item.kind === "order") return readOrder(item, text);
  const found = numbers(text).map((one) => scaled(item, one));
  if (!found.length || found.some(Number.isNaN)) {
    return { problem: `Write ${ASKED[item.kind]}.` };
  }
  if (item.kind !== "number") return { said: found };
  if (new Set(found).size > 1) {
    return { problem: `One number is asked for, not ${found.length}.` };
  }
  return { said: found[0] };
}

function numbers(text) {
  const plain = digits(text).replaceAll("\u2212", "-").replaceAll("%", " ");
  const found = plain.match(NUMBER) || [];
  return found.filter((one) => /\d/.test(one)).map(readNumber);
}

function readNumber(text) {
  const [above, below] = text.replace(/[,_]/g, "").split("/");
  return below === undefined ? Number(above) : Number(above || NaN) / Number(below);
}

// 0.43 is read as 43 where percent are asked for
function scaled(item, number) {
  const share = Math.abs(number) > 0 && Math.abs(number) < 1;
  return item.unit === "%" && share ? 100 * number : number;
}

// "three" is 3
function digits(text) {
  return WORDS.reduce(
    (said, word, n) => said.replace(new RegExp(`\\b${word}\\b`, "gi"), n),
    text,
  );
}

function readOrder(item, text) {
  const letters = text.toUpperCase().replace(/[^A-Z]/g, "");
  const wanted = LETTERS.slice(0, item.lines.length);
  return [...letters].sort().join("") === wanted
    ? { said: letters }
    : { problem: `Write ${ASKED.order}, each once.` };
}

// Tell whether an answer is the wanted one: the right one, or a known wrong one.
function same(item, said, wanted) {
  if (item.kind === "order") return wanted.includes(said);
  if (item.kind === "choice") return wanted.includes(said[0]);
  if (item.kind === "number") return near(said, wanted, item.tolerance);
  return (
    said.length === wanted.length &&
    said.every((one, k) => near(one, wanted[k], item.tolerance))
  );
}

// A pair is an interval, null any number.
function near(said, wanted, tolerance) {
  if (wanted === null) return true;
  const [low, high] = Array.isArray(wanted) ? wanted : [wanted, wanted];
  const slack = tolerance + 1e-9 * Math.max(1, Math.abs(high));
  return low - slack <= said && said <= high + slack;
}

// Return {right: true}, or {right: false} and what is known of a wrong answer.
function judge(item, said) {
  if (same(item, said, item.right)) return { right: true };
  const known = item.wrong.find((one) => same(item, said, one.answer));
  return { right: false, ...known };
}
