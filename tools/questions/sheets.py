"""Questions as pages: a printable test and its key, votes for the projector."""

import html
from pathlib import Path

import mistune

from helpers.checks import bank
from tools.questions import FORMS, Option, about, four, marks, options, stem

STYLE = Path(__file__).with_name("sheets.css")
SCRIPT = Path(__file__).with_name("votes.js")
MARKDOWN = mistune.create_markdown(escape=True)
# of right answers, where neighbours gain most: Crouch and Mazur, Peer Instruction, 2001
DISCUSS = "35 to 70 %"
NAVIGATION = (
    '<nav><button type="button">Previous</button> <span role="status"></span> '
    '<button type="button">Next</button></nav>'
)


def page(title: str, parts: list[str]) -> str:
    """Return a whole HTML page that needs no other file."""
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title>",
            f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body><main>",
            f"<h1>{html.escape(title)}</h1>",
            *parts,
            "</main></body></html>",
        ]
    )


def lettered(item: bank.Item, found: list[Option]) -> str:
    """Return options as a list with letters, or digits where lines have letters."""
    rows = "".join(f"<li>{MARKDOWN(option.text)}</li>" for option in found)
    kind = "options digits" if item.kind == "order" else "options"
    return f'<ol class="{kind}">{rows}</ol>'


def title(items: list[bank.Item], form: str) -> str:
    """Name a form: its notebooks, its letter, and when it is written."""
    return f"Questions on {about(items)}, form {form} ({FORMS[form]})"


def sheet(items: list[bank.Item], form: str) -> str:
    """Return a printable test; numbers are written down, all else is chosen."""
    parts = ['<p class="name">Name or code: ______________________</p>']
    for number, item in enumerate(items, 1):
        if item.kind == "number":
            answer = f'<p class="blank">__________ {html.escape(item.unit)}</p>'
        else:
            answer = lettered(item, options(item, form))
        asked = MARKDOWN(stem(item, form))
        parts.append(f"<section><b>{number}.</b> {asked}{answer}</section>")
    return page(title(items, form), parts)


def key(items: list[bank.Item], form: str) -> str:
    """Return the answers of a sheet, and what each wrong answer shows."""
    parts = []
    for number, item in enumerate(items, 1):
        rows = []
        for place, option in enumerate(options(item, form)):
            letter = "" if item.kind == "number" else f"{marks(item)[place]}: "
            says_ = "right" if option.right else option.says
            row = f"{letter}{option.text} - {says_}"
            rows.append(
                f"<li{' class=right' if option.right else ''}>{MARKDOWN(row)}</li>"
            )
        head = f"<b>{number}.</b> ({item.id}) {MARKDOWN(stem(item, form))}"
        parts.append(f"<section>{head}<ul>{''.join(rows)}</ul></section>")
    return page(f"Key: {title(items, form)}", parts)


def votes(items: list[bank.Item]) -> str:
    """Return a screen a question: at most four options; the answer opens on a click.

    What is for exams is not shown.
    """
    parts = [NAVIGATION]
    for item in items:
        found = four(item)
        if item.use == "exam" or item.kind == "choices" or len(found) < 2:
            continue
        called = list(zip(marks(item), found, strict=False))
        [right] = [letter for letter, option in called if option.right]
        told = "".join(
            f"<li>{MARKDOWN(f'{letter}: {option.says}')}</li>"
            for letter, option in called
            if option.says
        )
        answer = f"<p>Right: {right}</p><ul>{told}</ul>"
        parts.append(
            f'<section class="vote" id="{item.id}">'
            f"{MARKDOWN(stem(item, 'A'))}{lettered(item, found)}"
            f"<details><summary>After the vote ({item.id})</summary>"
            f"<p>{DISCUSS} right: let neighbours discuss, and vote again.</p>"
            f"{answer}</details></section>"
        )
    script = SCRIPT.read_text(encoding="utf-8")
    return page(f"Votes on {about(items)}", [*parts, f"<script>{script}</script>"])
