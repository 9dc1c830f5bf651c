"""The bank of questions for class and exam: `python -m tools.questions 01 02`.

Writes into build/questions: `moodle.xml` and `questions.gift` for a learning platform,
`form_A.html` and `form_B.html` with the same questions and other numbers (a test before
and one after), a key for each, and `votes.html` for the projector. Everything is made
from `helpers/checks/*.toml`; what is right is computed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from helpers import files
from helpers.checks import bank
from tools.questions.formats import gift, moodle
from tools.questions.sheets import key, sheet, votes

TARGET = Path(__file__).parents[2] / "build" / "questions"


def chosen(notebooks: list[str]) -> list[bank.Item]:
    """Return the items of these notebooks, of all where none is named; or exit."""
    known = sorted({name[:2] for name in bank.everything()})
    if strange := [each for each in notebooks if each not in known]:
        sys.exit(
            f"no questions for {', '.join(strange)}; there are: {', '.join(known)}"
        )
    return [
        one
        for name, one in bank.everything().items()
        if isinstance(one, bank.Item) and name[:2] in (notebooks or known)
    ]


def contents(items: list[bank.Item]) -> Iterator[tuple[str, str | bytes]]:
    """Yield the name and the content of each file."""
    both = [item for item in items if item.values_b]
    yield "moodle.xml", moodle(items)
    yield "questions.gift", gift(items)
    for form in "AB":
        yield f"form_{form}.html", sheet(both, form)
        yield f"form_{form}_key.html", key(both, form)
    yield "votes.html", votes(items)


def main(notebooks: list[str]) -> None:
    """Write all files; what no run of this wrote stays as it is."""
    items = chosen(notebooks)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, content in contents(items):
        with files.beside(TARGET / name) as part:
            part.write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
    print(f"{len(items)} questions in {TARGET.relative_to(TARGET.parents[1])}")


if __name__ == "__main__":
    main(sys.argv[1:])
