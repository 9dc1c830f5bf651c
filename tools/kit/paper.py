"""What is handed out or carried into the room, as PDF: `make print NB="02 03"`.

Writes into build/print, for each notebook its handout and the pages of its sessions,
and of their questions two test forms with their keys. A Chromium makes the PDFs.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mistune

from helpers import files
from tests import chromium
from tools.kit import notebooks, pages, plan
from tools.questions import __main__ as bank
from tools.questions import sheets

TARGET = Path(__file__).parents[2] / "build" / "print"
MARKDOWN = mistune.create_markdown(escape=True, plugins=["table"])
STYLE = "h1 { display: none } h2 ~ h2 { break-before: page } table { text-align: left }"
MARGINS = {side: "16mm" for side in ("top", "right", "bottom", "left")}


def documents(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the file name, without its end, and the HTML of all that is printed."""
    for name in names:
        yield f"{name}_handout", page("Handout", pages.handout(name))
        held = [
            pages.session(number, one)
            for number, one in enumerate(plan()["session"], 1)
            if one["notebook"] == name
        ]
        yield f"{name}_sessions", page("For the instructor", "\n".join(held))
    both = [item for item in bank.chosen(names) if item.values_b]
    for form in "AB":
        yield f"form_{form}", sheets.sheet(both, form)
        yield f"form_{form}_key", sheets.key(both, form)


def page(title: str, text: str) -> str:
    """Return Markdown as a page for paper: links are text, sessions begin a page."""
    told = MARKDOWN(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text))
    return sheets.page(title, [f"<style>{STYLE}</style>", told])


def main(names: list[str]) -> None:
    """Write all PDFs, or say what is missing."""
    bank.chosen(names)  # which exits where a name is none
    if reason := chromium.missing():
        sys.exit(f"PDFs are made by Chromium, and there is {reason}.")
    TARGET.mkdir(parents=True, exist_ok=True)
    made = documents(names or list(notebooks()))
    with chromium.launched() as browser:
        sheet = browser.new_context(offline=True).new_page()
        for name, text in made:
            sheet.set_content(text)
            with files.beside(TARGET / f"{name}.pdf") as part:
                part.write_bytes(sheet.pdf(format="A4", margin=MARGINS))
    print(f"{len(list(TARGET.glob('*.pdf')))} PDFs in build/print: A4, print at 100 %.")


if __name__ == "__main__":
    main(sys.argv[1:])
