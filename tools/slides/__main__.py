"""Write slides to build/slides: `make slides NB=02`, or all without NB."""

import argparse
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from helpers import files
from tools.book import sources
from tools.slides import deck

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "slides"
# of reveal.js, which sphinx-revealjs ships
KEPT = ("LICENSE", "dist/reset.css", "dist/reveal.css", "dist/reveal.js")
KEPT += ("plugin/notes/notes.js", "plugin/zoom/zoom.js")


def write(names: list[str], folder: Path) -> list[Path]:
    """Write the slides of notebooks "02", ... into a folder; return the pages."""
    decks = {name: deck.page(name) for name in names}
    shipped = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    for each in KEPT:
        place = folder / "reveal" / each
        place.parent.mkdir(parents=True, exist_ok=True)
        with files.beside(place) as part:
            shutil.copy(shipped / each, part)
    icon = ROOT / "app" / "page" / "icon.svg"
    for each in (Path(__file__).with_name("slides.css"), icon):
        with files.beside(folder / each.name) as part:
            shutil.copy(each, part)
    sources.toys(folder / "live")
    for name, text in decks.items():
        with files.beside(folder / f"{name}.html") as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    return [folder / f"{name}.html" for name in decks]


def main() -> None:
    """Write what is asked for, and say where it is."""
    reader = argparse.ArgumentParser(prog="python -m tools.slides", description=__doc__)
    reader.add_argument("names", nargs="*", metavar="NB")
    names, known = reader.parse_args().names, deck.chosen()
    if not find_spec("sphinx_revealjs"):
        sys.exit("Slides need reveal.js: `make slides`; without make see the README.")
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"No slides for {', '.join(unknown)}; there are: {', '.join(known)}.")
    for path in write(names or list(known), FOLDER):
        print(f"{path}: open it in a browser; S shows the notes, ? all keys.")
    print("With ?print-pdf after its name one prints as PDF: a page a slide.")


if __name__ == "__main__":
    main()
