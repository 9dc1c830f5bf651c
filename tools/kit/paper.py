"""What is handed out or carried into the room, as PDF: `make print NB="02 03"`.

Writes into build/print, for each notebook its handout, the pages of its sessions, their
worksheets with a key, and of all their questions two test forms with their keys. A
Chromium makes the PDFs.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import mistune

from helpers import files
from tests import browsers
from tools.kit import notebooks, pages, plan, taught, worksheets
from tools.questions import __main__ as bank
from tools.questions import sheets

TARGET = Path(__file__).parents[2] / "build" / "print"
MARKDOWN = mistune.create_markdown(escape=True, plugins=["table"])
STYLE = (
    "body { font-size: 15px } h1 { display: none } h2 ~ h2 { break-before: page } "
    "pre { margin: 0 } "
    "table { border-collapse: collapse; text-align: left } "
    "table, pre, li { break-inside: avoid } "
    "p:has(+ table), p:has(+ pre) { break-after: avoid } "
    "hr { border: 0; border-bottom: 1px solid #777; margin: 2em 0 } "
    "td, th { border: 1px solid #999; height: 1.7em; min-width: 2.6em; padding: 0 6px }"
)
MARGINS = {side: "16mm" for side in ("top", "right", "bottom", "left")}


def documents(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the file name, without its end, and the HTML of all that is printed."""
    for name in names or notebooks():
        yield f"{name}_handout", page("Handout", pages.handout(name))
        every = enumerate(plan()["session"], 1)
        held = {n: one for n, one in every if name in taught(one)}
        told = [pages.session(number, one) for number, one in held.items()]
        yield f"{name}_sessions", page("For the instructor", "\n".join(told))
        for number in held:
            made = worksheets.sheet(number), worksheets.key(number)
            yield f"{name}_worksheet_{number}", page("Worksheet", made[0])
            yield f"{name}_worksheet_{number}_key", page("Key", made[1])
    for form, text in bank.forms(bank.chosen(names)):
        yield f"{bank.together(names)}_{form}", text


def page(title: str, text: str) -> str:
    """Return Markdown as a page for paper: links are text, sessions begin a page."""
    told = MARKDOWN(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text))
    return sheets.page(title, [f"<style>{STYLE}</style>", told])


def main(names: list[str]) -> None:
    """Write all PDFs, or say what is missing."""
    bank.chosen(names)  # which exits where a name is none
    if reason := browsers.missing("chromium"):
        sys.exit(f"PDFs are made by Chromium, and there is {reason}.")
    TARGET.mkdir(parents=True, exist_ok=True)
    made = documents(names)
    with browsers.launched("chromium") as browser:
        sheet = browser.new_context(offline=True).new_page()
        for name, text in made:
            sheet.set_content(text)
            with files.beside(TARGET / f"{name}.pdf") as part:
                part.write_bytes(sheet.pdf(format="A4", margin=MARGINS))
    print("PDFs in build/print: A4, print at 100 %.")


if __name__ == "__main__":
    main(sys.argv[1:])
