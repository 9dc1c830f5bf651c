"""The bank of questions for class and exam: `python -m tools.questions 01 02`.

Writes into build/questions/01_02 (without names into build/questions/all): `moodle.xml`
and `questions.gift` for a learning platform, `form_B.html` and `form_C.html` with the
same questions and other numbers (a test before and one after), a key for each, and
`votes.html` for the projector, with the numbers of the notebooks, which are form A.
Everything is made from `helpers/checks/*.toml`; what is right is computed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from helpers import files
from helpers.checks import bank
from tools.questions import FORMS
from tools.questions.formats import gift, moodle
from tools.questions.sheets import key, sheet, votes

TARGET = Path(__file__).parents[2] / "build" / "questions"


def chosen(notebooks: list[str]) -> list[bank.Item]:
    """Return the items of these notebooks, of all where none is named; or exit.

    Without those that nobody can answer who does not see the notebook.
    """
    known = sorted({name[:2] for name in bank.everything()})
    if strange := [each for each in notebooks if each not in known]:
        sys.exit(
            f"no questions for {', '.join(strange)}; there are: {', '.join(known)}"
        )
    return [
        one
        for name, one in bank.everything().items()
        if isinstance(one, bank.Item) and not one.leans
        if name[:2] in (notebooks or known)
    ]


def contents(items: list[bank.Item]) -> Iterator[tuple[str, str | bytes]]:
    """Yield the name and the content of each file."""
    yield "moodle.xml", moodle(items)
    yield "questions.gift", gift(items)
    for name, page in forms(items):
        yield f"{name}.html", page
    yield "votes.html", votes(items)


def forms(items: list[bank.Item]) -> Iterator[tuple[str, str]]:
    """Yield the name and the page of each form, and of its key."""
    asked = [item for item in items if item.values_b]
    for form in FORMS:
        yield f"form_{form}", sheet(asked, form)
        yield f"form_{form}_key", key(asked, form)


def together(notebooks: list[str]) -> str:
    """Name the folder, or begin the names, of what these notebooks get together."""
    return "_".join(sorted({*notebooks})) or "all"


def main(notebooks: list[str]) -> None:
    """Write all files; what no run of this wrote stays as it is."""
    items = chosen(notebooks)
    folder = TARGET / together(notebooks)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents(items):
        with files.beside(folder / name) as part:
            part.write_bytes(
                content if isinstance(content, bytes) else content.encode()
            )
    print(f"{len(items)} questions in {folder.relative_to(TARGET.parents[1])}")


if __name__ == "__main__":
    main(sys.argv[1:])
