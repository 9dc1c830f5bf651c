"""Read GIFT as Moodle does, for the test of what `tools/questions` writes.

The rules are those of `question/format/gift/format.php`: a blank line ends a question,
a backslash makes the next sign plain text, and the other `~ = # { }` are structure.
"""

import re
from dataclasses import dataclass

HIDDEN = 0xE000  # where Unicode has no signs of its own
PLAIN = re.compile(r"\\([~=#{}:\\n])")
QUESTION = re.compile(
    r"::(?P<title>[^:]*)::\[(?P<format>\w+)\](?P<text>[^{}]*)\{(?P<answers>[^{}]*)\}",
    re.DOTALL,
)


@dataclass(frozen=True)
class Answer:
    """An answer, its fraction of the points, and what is said to who chose it."""

    text: str
    fraction: float
    feedback: str


@dataclass(frozen=True)
class Question:
    """A question; one with `number` asks for that, give or take `reach`."""

    title: str
    format: str
    text: str
    answers: tuple[Answer, ...] = ()
    number: float | None = None
    reach: float = 0.0


def read(text: str) -> list[Question]:
    """Read all questions; raise ValueError where a part of the text is none."""
    hidden = PLAIN.sub(lambda it: chr(HIDDEN + ord(it[1].replace("n", "\n"))), text)
    parts = re.split(r"\n\s*\n", hidden.strip())
    return [_question(part) for part in parts if not part.startswith("$CATEGORY: ")]


def _question(part: str) -> Question:
    found = QUESTION.fullmatch(part.strip())
    if not found:
        raise ValueError(f"no question: {_shown(part)}")
    said = found["answers"].strip()
    head = [_shown(found[name]) for name in ("title", "format", "text")]
    if said.startswith("#"):
        number, reach = said[1:].split(":")
        return Question(*head, number=float(number), reach=float(reach))
    pieces = re.findall(r"([~=])([^~=]*)", said)
    if "".join(sign + text for sign, text in pieces) != said:
        raise ValueError(f"what belongs to no answer: {_shown(said)}")
    return Question(*head, tuple(_answer(*piece) for piece in pieces))


def _answer(sign: str, said: str) -> Answer:
    text, _, feedback = said.partition("#")
    fraction = 1.0 if sign == "=" else 0.0
    if share := re.match(r"%(-?[\d.]+)%", text):
        fraction, text = float(share[1]) / 100, text[share.end() :]
    return Answer(_shown(text), fraction, _shown(feedback))


def _shown(hidden: str) -> str:
    """Return a text with the signs that were hidden."""
    return re.sub(
        "[\ue000-\ue0ff]", lambda it: chr(ord(it[0]) - HIDDEN), hidden.strip()
    )
