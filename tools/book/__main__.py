"""Write the book to build/book: `make book`. Open its index.html, from a file too."""

import shutil
import sys
import tempfile
from pathlib import Path

try:
    from sphinx.cmd.build import build_main
except ImportError:
    sys.exit("The book needs Sphinx: `make book`, or pip install -e '.[book]'")

from tools.book import sources

ROOT = Path(__file__).parents[2]
OUT = ROOT / "build" / "book"
HERE = Path(__file__).parent


def build(out: Path, pages=sources.all_pages) -> None:
    """Write the book into `out` once all of it is there; raise RuntimeError else.

    `pages` writes what the book embeds into a folder: toys and networks' pages.
    """
    if out.exists() and any(out.iterdir()) and not (out / "searchindex.js").is_file():
        raise RuntimeError(f"{out} holds something else than a book; move that away.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as place:
        work = Path(place)
        sources.write(work / "source")
        # a warning is a broken link, a missing picture, a heading out of order
        options = ["--quiet", "--fail-on-warning", "--keep-going"]
        options += ["--conf-dir", str(HERE), "--doctree-dir", str(work / "doctrees")]
        if build_main([*options, str(work / "source"), str(work / "html")]):
            raise RuntimeError("Sphinx complains, see above; the book is as it was.")
        pages(work / "html" / "_static" / "live")
        if out.exists():
            out.rename(work / "old")
        shutil.move(work / "html", out)


def main() -> None:
    """Build, and say how large it is."""
    try:
        build(OUT)
    except RuntimeError as error:
        sys.exit(str(error))
    size = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"{OUT / 'index.html'}: {size / 1e6:.0f} MB. Open it in a browser.")


if __name__ == "__main__":
    main()
