"use strict";
// Answers as readers write them, read and compared as helpers/checks/answers.py does:
// tests/tools/answer_cases.toml holds both to the same cases. Options are compared by
// their place, since the page offers them to choose from.

const WHOLE = "[1-9]\\d{0,2}(?:[,_]\\d{3})+(?!\\d)|\\d+";
const NUMBER = new RegExp(
  `[-+]?(?:(?:${WHOLE})(?:\\.\\d+)?|\\.\\d+)(?:/[1-9]\\d*)?(?:e[-+]?\\d+)?`,
  "gi",
);
const WORDS = { thirty: 30, forty: 40, fifty: 50, sixty: 60 };
Object.assign(WORDS, { seventy: 70, eighty: 80, ninety: 90 });
(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen " +
  "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
)
  .split(" ")
  .forEach((word, n) => (WORDS[word] = n));
const BOTH = /\bboth\s+(?:are\s+|be\s+)?([-+]?\d[\d.,/]*)/gi;
const PARTS = { half: 2, halves: 2, third: 3, thirds: 3, quarter: 4, quarters: 4 };
Object.assign(PARTS, { fourth: 4, fourths: 4 });
Object.assign(PARTS, { fifth: 5, fifths: 5, sixth: 6, sixths: 6, seventh: 7 });
Object.assign(PARTS, { sevenths: 7, eighth: 8, eighths: 8, ninth: 9, ninths: 9 });
Object.assign(PARTS, { tenth: 10, tenths: 10 });
const MANY = { hundred: 100, thousand: 1000, million: 1e6, k: 1000 };
const TIMES = new RegExp(
  `(^|[^\\w./])(an?|\\d+(?:\\.\\d+)?|\\.\\d+)[ -]*(${Object.keys(MANY).join("|")})s?\\b`,
  "gi",
);
const LARGE = /\b(hundred|thousand|million)s?\b|\d\s*k\b/i;
const HALF = /\bhalf an? (?=(hundred|thousand|million)\b)/gi;
const named = (least, most) =>
  Object.keys(WORDS)
    .filter((word) => least <= WORDS[word] && WORDS[word] <= most)
    .join("|");
const TENS = new RegExp(`\\b(${named(20, 90)})[ -](${named(1, 9)})\\b`, "gi");
const SIGNS = { "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4" };
SIGNS["\u2212"] = "-";
const DASH = /(^|[^\d%])\u2013/g; // a minus, but for that of a range
const VAGUE = /\b(less|more|fewer|greater|not|above|below|over|under)\b/i;
// no lookbehind, which Safari reads since 16.4 alone
const LONELY_MINUS =
  /(^|[,;:=(\[]|\b(?:is|be|about)\b)\s*(?:minus\b|-)\s+(?=\.?\d)/gi;
const PRODUCT = /(^|[^\w./,*+-])(\d+(?:\s*\*\s*\d+)+)(?![\w./,*])/g;
const SUM = /(^|[^\w./,+-])(\d+(?:\s*\+\s*\d+)+)(?![\w./,])/g;
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
  const asked = ASKED[item.kind];
  if (VAGUE.test(text)) return { problem: `Write ${asked}, and commit to it.` };
  if (text.includes("%") && !item.unit) return { problem: `Write ${asked}, without %.` };
  if (LARGE.test(digits(text))) return { problem: `Write ${asked}, in digits.` };
  const read = numbers(item, text);
  const found = item.unit === "%" && !text.includes("%") ? percent(read) : read;
  if (!found.length) return { problem: `Write ${asked}.` };
  if (item.kind !== "number") return { said: found };
  if (new Set(found).size > 1) {
    return { problem: `One number is asked for, not ${found.length}.` };
  }
  return { said: found[0] };
}

function numbers(item, text) {
  let plain = digits(text)
    .replace(/\b(none|nothing)\b/gi, "0")
    .replace(LONELY_MINUS, "$1 -");
  if (item.kind === "number") {
    const product = (text) => text.split("*").reduce((all, one) => all * Number(one), 1);
    const total = (text) => text.split("+").reduce((sum, one) => sum + Number(one), 0);
    plain = plain.replace(PRODUCT, (_, before, text) => before + product(text));
    plain = plain.replace(SUM, (_, before, text) => before + total(text)); // 432 + 16
  } else if (item.kind === "list") {
    plain = plain.replace(BOTH, "$1, $1");
  }
  if (item.kind !== "number") plain = plain.replace(/(\d\s*%?)-(?=\d)/g, "$1 "); // 74.1-75.9
  plain = plain.replaceAll("%", " ");
  if (item.unit === "%") {
    plain = plain.replace(/(\d)\s+(?:(?:out\s+)?of|in)\s+(\d)/g, "$1/$2"); // 3 of 6
  }
  if (item.kind !== "number" && !/, |;|\band\b/.test(plain)) {
    plain = plain.replaceAll(",", " "); // "3,5"
  }
  return (plain.match(NUMBER) || []).map(readNumber);
}

function readNumber(text) {
  const [above, below] = text.replace(/[,_]/g, "").split("/");
  return Number(above) / Number(below || 1);
}

// 0.43 is read as 43 where percent are asked for, and 1 beside it as 100
function percent(found) {
  const share = (one) => Math.abs(one) > 0 && Math.abs(one) < 1;
  const all = found.some(share) && found.every((one) => Math.abs(one) <= 1);
  return found.map((one) => (all || share(one) ? 100 * one : one));
}

// "three" is 3, "two hundred" 200, "a third" and "one third" are 1/3
function digits(text) {
  for (const [sign, written] of Object.entries(SIGNS)) {
    text = text.replaceAll(sign, written);
  }
  text = text.replace(DASH, "$1-").replace(HALF, "0.5 ");
  text = text.replace(TENS, (_, tens, ones) =>
    String(WORDS[tens.toLowerCase()] + WORDS[ones.toLowerCase()]),
  );
  for (const [word, n] of Object.entries(WORDS)) {
    text = text.replace(new RegExp(`\\b${word}\\b`, "gi"), n);
  }
  const count = (word) => (/^an?$/i.test(word) ? "1" : word);
  for (let n = 0; n < 2; n++) {
    text = text.replace(
      TIMES, // two hundred thousand
      (_, before, found, word) =>
        before + Number((Number(count(found)) * MANY[word.toLowerCase()]).toPrecision(12)),
    );
  }
  const share = new RegExp(`\\b(an?|\\d+)[ -](${Object.keys(PARTS).join("|")})\\b`, "gi");
  return text.replace(
    share,
    (_, many, part) => `${count(many)}/${PARTS[part.toLowerCase()]}`,
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
  if (!known && item.kind === "list" && said.length !== item.right.length) {
    const message = `${item.right.length} numbers are asked for, not ${said.length}.`;
    return { right: false, message };
  }
  return { right: false, ...known };
}
