"""How a text is spoiled, for the faults that `planted` plants in a copy."""

import re
from collections.abc import Callable

import nbformat


def swap(old: str, new: str, flags: int = re.MULTILINE) -> Callable[[str], str]:
    """Return a change of the first place that a pattern finds; ValueError for none."""

    def change(text: str) -> str:
        changed = re.sub(old, new, text, count=1, flags=flags)
        if changed == text:
            raise ValueError(f"nothing to change: no {old}")
        return changed

    return change


def digit(text: str) -> str:
    """Return a text with its first digit raised by one, 9 to 0."""
    return re.sub(r"\d", lambda found: str((int(found[0]) + 1) % 10), text, count=1)


def cells(do: Callable[[list], object]) -> Callable[[str], str]:
    """Return a change of a notebook's cells."""

    def change(text: str) -> str:
        notebook = nbformat.reads(text, as_version=4)
        do(notebook.cells)
        return nbformat.writes(notebook) + "\n"

    return change


def stored(found: list) -> None:
    """Change one digit that a cell has stored."""
    box = next(
        output
        for cell in found
        for output in cell.get("outputs", [])
        if re.search(r"\d", output.get("text", ""))
    )
    box.text = digit(box.text)


def strip(found: list) -> None:
    """Take all outputs away, as tools do that know no nbval."""
    for cell in found:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def alt(found: list) -> None:
    """Take the description of the first figure away."""
    del next(cell for cell in found if "alt" in cell.metadata).metadata["alt"]


def say(text: str) -> Callable[[list], object]:
    """Return what appends a sentence to the last cell of text."""

    def do(found: list) -> None:
        last = [cell for cell in found if cell.cell_type == "markdown"][-1]
        last.source += f"\n\n{text}"

    return do


def sleep(found: list) -> None:
    """Let the first cell that imports wait for a quarter of an hour."""
    first = next(cell for cell in found if cell.source.startswith("import "))
    first.source = f"import time\n\ntime.sleep(900)\n{first.source}"


def generated(text: str) -> str:
    """Change a number in the README's headline, which is written from results."""
    start = text.index("<!-- headline")
    return text[:start] + digit(text[start:])
