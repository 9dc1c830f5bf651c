"""Write the instructor's kit: `python -m tools.kit`.

Reads `instructor/sessions.toml`, the notebooks, the glossary and the bank of questions;
writes sessions.md, syllabus.md, handouts.md and map.svg beside it. Nothing in them is
written by hand; `tests/tools/test_kit.py` holds them to this program.
"""

import os

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
    """Write every file that has changed."""
    for name, make in FILES.items():
        part = FOLDER / f"{name}.part"
        part.write_text(make(), encoding="utf-8")
        os.replace(part, FOLDER / name)


if __name__ == "__main__":
    main()
