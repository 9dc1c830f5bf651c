"""Write the instructor's kit: `python -m tools.kit`.

Reads `instructor/sessions.toml`, the notebooks, the glossary and the bank of questions;
writes sessions.md, syllabus.md, handouts.md and map.svg beside it. Nothing in them is
written by hand; `tests/tools/test_kit.py` holds them to this program.
"""

from helpers import files
from tools.kit import FOLDER
from tools.kit.drawing import course_map
from tools.kit.pages import handouts, sessions, syllabi

FILES = {
    "sessions.md": sessions,
    "syllabus.md": syllabi,
    "handouts.md": handouts,
    "map.svg": course_map,
}


def main() -> None:
    """Write every file, once all of them are made."""
    for name, text in {name: make() for name, make in FILES.items()}.items():
        with files.beside(FOLDER / name) as part:
            part.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
