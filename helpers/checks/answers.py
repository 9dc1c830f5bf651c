"""Answers as students write them, read and compared.

A number may come as 5, "5", "five pixels" or (5, 5); percent as 0.43, 43 or "43 %"; a
shape as (3, 3) or "3 x 3"; an option as its text, its beginning, its letter, or True.
"""

import math
import re

import numpy as np

from helpers.checks.bank import LETTERS, Item, works

WHOLE = r"[1-9]\d{0,2}(?:[,_]\d{3})+(?!\d)|\d+"  # 0,333 is no group of thousands
NUMBER = re.compile(
    rf"[-+]?(?:(?:{WHOLE})(?:\.\d+)?|\.\d+)(?:/[1-9]\d*)?(?:e[-+]?\d+)?", re.I
)
WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen "
WORDS += "fourteen fifteen sixteen seventeen eighteen nineteen twenty"
WORDS = {word: number for number, word in enumerate(WORDS.split())}
WORDS |= {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
WORDS |= {"seventy": 70, "eighty": 80, "ninety": 90}
PARTS = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4}
PARTS |= {"fourth": 4, "fourths": 4, "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6}
PARTS |= {"seventh": 7, "sevenths": 7}
PARTS |= {"eighth": 8, "eighths": 8, "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10}
MANY = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "k": 1000}
# no lookbehind, which some browsers lack: the book reads as this does
TIMES = re.compile(
    rf"(^|[^\w./])(an?|\d+(?:\.\d+)?|\.\d+)[ -]*({'|'.join(MANY)})s?\b", re.IGNORECASE
)
LARGE = re.compile(r"\b(?:hundred|thousand|million)s?\b|\d\s*k\b", re.IGNORECASE)
HALF = re.compile(r"\bhalf an? (?=(?:hundred|thousand|million)\b)", re.IGNORECASE)
TENS = re.compile(
    rf"\b({'|'.join(w for w, n in WORDS.items() if n > 19)})[ -]"
    rf"({'|'.join(w for w, n in WORDS.items() if 0 < n < 10)})\b",
    re.IGNORECASE,
)
SIGNS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "−": "-"}
VAGUE = re.compile(r"\b(less|more|fewer|greater|not|above|below|over|under)\b", re.I)
NO_IDEA = re.compile(r"\W*(no idea|i don.?t know|don.?t know|idk)\W*", re.I)
FILLERS = set("i think it is the a an of maybe probably about will be they are".split())
LETTER = re.compile(
    r"\s*(?:(?:line|answer|option)\s+([A-H])\b|([A-H])(?=[,:;)]|\s+(?:because|since)\b))",
    re.IGNORECASE,
)
BOTH = re.compile(r"\bboth\s+(?:are\s+|be\s+)?([-+]?\d[\d.,/]*)", re.IGNORECASE)
PRODUCT = re.compile(r"(?<![\w./,*+-])\d+(?:\s*\*\s*\d+)+(?![\w./,*])")
DASH = re.compile(r"(^|[^\d%])–")  # a minus, but for that of a range
LONELY_MINUS = re.compile(
    r"(^|[,;:=(\[]|\b(?:is|be|about)\b)\s*(?:minus\b|-)\s+(?=\.?\d)", re.IGNORECASE
)
SUM = re.compile(r"(?<![\w./,+-])\d+(?:\s*\+\s*\d+)+(?![\w./,])")
OF = re.compile(r"(\d)\s+(?:(?:out\s+)?of|in)\s+(\d)")  # 3 of 6
ASKED = {
    "number": "a number, such as 12",
    "list": "numbers in a list, such as [3, 5]",
    "shape": "a shape, such as (3, 3)",
    "order": 'the letters of the lines in their order, such as "CAB"',
}


class Unreadable(ValueError):
    """An answer of another kind than the one asked for; says what would do."""


def open_(answer: object) -> bool:
    """Tell whether nothing was answered yet: None, ..., empty, or "no idea"."""
    if isinstance(answer, str):
        return not answer.strip("? \n") or bool(NO_IDEA.fullmatch(answer))
    return answer is None or answer is ...


def parse(item: Item, answer: object) -> object:
    """Read an answer: a float, a list of floats, an option, a set of options, an order.

    Raises Unreadable.
    """
    if item.kind == "choice":
        return _option(item, answer)
    if item.kind == "choices":
        return frozenset(_option(item, one) for one in _parts(answer))
    if item.kind == "order":
        return _order(item, answer)
    numbers = _numbers(item, answer)
    if item.unit == "%" and isinstance(answer, (float, np.floating)) and answer == 1:
        numbers = [100.0]  # a fraction, as 0.99 is; 1 may be one percent
    if item.unit == "%" and "%" not in str(answer):
        numbers = _percent(numbers)
    if item.kind != "number":
        return numbers
    if len(set(numbers)) != 1:  # (5, 5) for a square of 5 is accepted
        raise Unreadable(f"one number is asked for, not {len(numbers)}: {answer!r}")
    return numbers[0]


def _numbers(item: Item, answer: object) -> list[float]:
    if isinstance(answer, str):
        if VAGUE.search(answer):
            raise Unreadable(f"write {ASKED[item.kind]}, and commit to it; {answer!r}")
        if "%" in answer and not item.unit:
            raise Unreadable(f"write {ASKED[item.kind]}, without %; {answer!r}")
        text = re.sub(r"\b(none|nothing)\b", "0", _digits(answer), flags=re.I)
        if LARGE.search(text):
            raise Unreadable(f"write {ASKED[item.kind]}, in digits; {answer!r} is none")
        text = LONELY_MINUS.sub(r"\1 -", text)
        if item.kind == "number":  # 3 * 144 + 16
            text = PRODUCT.sub(
                lambda m: str(math.prod(map(int, m[0].split("*")))), text
            )
            text = SUM.sub(lambda m: str(sum(map(int, m[0].split("+")))), text)
        elif item.kind == "list":
            text = BOTH.sub(r"\1, \1", text)
        if item.kind != "number":  # 74.1-75.9
            text = re.sub(r"(\d\s*%?)-(?=\d)", r"\1 ", text)
        text = text.replace("%", " ")
        if item.unit == "%":
            text = OF.sub(r"\1/\2", text)
        if item.kind != "number" and not re.search(r", |;|\band\b", text):
            text = text.replace(",", " ")  # "3,5" or "300,300,3"
        found = [m[0] for m in NUMBER.finditer(text)]
    else:
        try:
            found = np.ravel(np.asarray(answer, dtype=float)).tolist()
        except (TypeError, ValueError):
            found = []
    if not found:
        raise Unreadable(f"write {ASKED[item.kind]}; {answer!r} is none")
    return [_number(one) for one in found]


def _number(one: str | float) -> float:
    if not isinstance(one, str):
        return float(one)
    above, _, below = one.replace(",", "").replace("_", "").partition("/")
    return float(above) / float(below or 1)


def _percent(numbers: list[float]) -> list[float]:
    """Read 0.43 as 43, and 1.0 beside it as 100."""
    shares = [0 < abs(number) < 1 for number in numbers]
    if any(shares) and max(map(abs, numbers)) <= 1:
        shares = [True] * len(numbers)
    return [100 * n if s else n for n, s in zip(numbers, shares, strict=True)]


def _digits(text: str) -> str:
    """Write "three" as 3, "two hundred" as 200, "a third" and "one third" as 1/3."""
    for sign, written in SIGNS.items():
        text = text.replace(sign, written)
    text = DASH.sub(r"\1-", text)
    text = HALF.sub("0.5 ", text)
    text = TENS.sub(lambda m: str(WORDS[m[1].lower()] + WORDS[m[2].lower()]), text)
    for word, number in WORDS.items():
        text = re.sub(rf"\b{word}\b", str(number), text, flags=re.IGNORECASE)
    for _ in range(2):  # two hundred thousand
        text = TIMES.sub(
            lambda m: f"{m[1]}{float(_count(m[2])) * MANY[m[3].lower()]:.12g}", text
        )
    share = re.compile(rf"\b(an?|\d+)[ -]({'|'.join(PARTS)})\b", re.IGNORECASE)
    return share.sub(lambda m: f"{_count(m[1])}/{PARTS[m[2].lower()]}", text)


def _count(word: str) -> str:
    return "1" if word.lower() in ("a", "an") else word


def _plain(text: object) -> str:
    text = str(text).lower().replace(">", " more than ").replace("<", " less than ")
    return _digits(re.sub(r"[^\w.+-]+", " ", text).strip(" ."))


def _option(item: Item, answer: object) -> str:
    """Find the option that is meant: its text, its letter, its beginning."""
    if isinstance(answer, (bool, np.bool_)):
        answer = "yes" if answer else "no"
    said, plain = _plain(answer), [_plain(option) for option in item.options]
    if said not in plain and (named := LETTER.match(str(answer))):  # "D, because ..."
        said = (named[1] or named[2]).lower()
    letters = [letter.lower() for letter in LETTERS[: len(plain)]]
    for known in (plain, letters if said not in plain else []):
        if said in known:
            return item.options[known.index(said)]
    begin = [o for o, p in zip(item.options, plain, strict=True) if p.startswith(said)]
    inside = [
        o for o, p in zip(item.options, plain, strict=True) if p and _mostly(p, said)
    ]
    bare = [
        o
        for o, p in zip(item.options, plain, strict=True)
        if _bare(said) and _bare(p) == _bare(said)
    ]
    for meant in (begin if said else [], inside, bare):
        if len(meant) == 1:
            return meant[0]
    shown = ", ".join(map(repr, item.options))
    raise Unreadable(f"choose from {shown}; {answer!r} is none of them")


def _bare(plain: str) -> list[str]:
    """Return the words that count: "plain" of "the plain one", all of "line a"."""
    words = plain.split()
    named = words[-1:] if words[-1:] == ["a"] else []
    return [word for word in words if word not in FILLERS | {"1"}] + named


def _mostly(option: str, said: str) -> bool:
    """Tell whether an answer is an option and little else: not "one for each"."""
    if not re.search(rf"(?<!\S){re.escape(option)}(?!\S)", said):
        return False
    more = [word for word in said.split() if word not in FILLERS | {*option.split()}]
    denied = {"not", "never", "neither"} & {*more}
    return len(more) <= len(option.split()) and not denied


def _parts(answer: object) -> list:
    if isinstance(answer, str):
        return [p for p in re.split(r",|;|\band\b|\+", answer) if p.strip()]
    return (
        list(answer) if isinstance(answer, (list, tuple, set, frozenset)) else [answer]
    )


def _order(item: Item, answer: object) -> str:
    parts = "".join(map(str, answer)) if not isinstance(answer, str) else answer
    letters = re.sub(r"[^A-Z]", "", parts.upper())
    if sorted(letters) != sorted(LETTERS[: len(item.lines)]):
        raise Unreadable(
            f"write {ASKED['order']}, each once; {answer!r} is no such order"
        )
    return letters


def is_right(item: Item, said: object, form: str = "A") -> bool:
    """Tell whether an answer that `parse` has read is right."""
    if item.kind == "order":
        return works(item.lines, said, item.proof, item.setup)
    return same(item, said, item.right(form))


def same(item: Item, said: object, wanted: object) -> bool:
    """Tell whether an answer is the wanted one, within the item's tolerance.

    In numbers a pair (least, most) is an interval, and None stands for any number.
    """
    if item.kind == "choice":
        return _plain(said) == _plain(wanted)
    if item.kind == "choices":
        return {*map(_plain, said)} == {*map(_plain, wanted)}
    if item.kind == "order":
        return said == wanted
    if item.kind == "number":
        return _near(said, wanted, item.tolerance)
    wanted = list(wanted)
    return len(said) == len(wanted) and all(
        _near(one, other, item.tolerance)
        for one, other in zip(said, wanted, strict=True)
    )


def _near(said: float, wanted: object, tolerance: float) -> bool:
    if wanted is None:
        return True
    low, high = wanted if isinstance(wanted, (tuple, list)) else (wanted, wanted)
    slack = tolerance + 1e-9 * max(1.0, abs(float(high)))
    return float(low) - slack <= said <= float(high) + slack
