"""Write the book to build/book: `make book`. Open its index.html, from a file too."""

import argparse
import os
import shutil
from pathlib import Path

from sphinx.cmd.build import build_main

from tools.book import sources

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent


def build(out: Path, pages=sources.all_pages) -> None:
    """Write the book into `out` once all of it is there; raise RuntimeError else.

    `pages` writes what the book embeds into a folder: toys and networks' pages.
    """
    work = out.with_name(out.name + "-work")
    shutil.rmtree(work, ignore_errors=True)
    sources.write(work / "source")
    # a warning is a broken link, a missing picture, a heading out of order
    options = ["--quiet", "--fail-on-warning", "--keep-going", "--jobs", "2"]
    options += ["--conf-dir", str(HERE), "--doctree-dir", str(work / "doctrees")]
    if build_main([*options, str(work / "source"), str(work / "html")]):
        raise RuntimeError("Sphinx complains, see above; the book is as it was.")
    pages(work / "html" / "_static" / "live")
    shutil.rmtree(out, ignore_errors=True)
    os.replace(work / "html", out)
    shutil.rmtree(work)


def main() -> None:
    """Build, and say how large it is."""
    reader = argparse.ArgumentParser(prog="python -m tools.book", description=__doc__)
    reader.add_argument("--out", type=Path, default=ROOT / "build" / "book")
    out = reader.parse_args().out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    build(out)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out / 'index.html'}: {size / 1e6:.0f} MB. Open it in a browser.")


if __name__ == "__main__":
    main()
