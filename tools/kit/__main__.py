"""Write the instructor's kit: `python -m tools.kit`.

Reads `instructor/sessions.toml` and worksheets.toml, the notebooks, the glossary and
the bank of questions; writes sessions.md, worksheets.md, syllabus.md, module.md,
handouts.md and map.svg beside them. Nothing in those is written by hand:
`tests/tools/test_kit.py` holds them to this program.
"""

from helpers import files
from tools.kit import FOLDER
from tools.kit.drawing import course_map
from tools.kit.module import module
from tools.kit.pages import handouts, sessions
from tools.kit.syllabi import syllabi
from tools.kit.worksheets import worksheets

FILES = {
    "sessions.md": sessions,
    "worksheets.md": worksheets,
    "syllabus.md": syllabi,
    "module.md": module,
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
