"""Write the book to build/book: `make book`. Open its index.html, from a file too."""

import shutil
import sys
from pathlib import Path

try:
    from sphinx.cmd.build import build_main
except ImportError:
    sys.exit("The book needs Sphinx: `make book`; without make see the README.")

from helpers import files
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
    with files.alone(out):
        finish(out)
        work = beside(out, "new")
        shutil.rmtree(work, ignore_errors=True)
        try:
            html, ready = written(work, pages), beside(out, "ready")
            files.patiently(lambda: html.rename(ready))
        finally:
            shutil.rmtree(work, ignore_errors=True)
        finish(out)


def written(work: Path, pages) -> Path:
    """Write the book's pages into a new folder; return the one that is the book."""
    sources.write(work / "source")
    # a warning is a broken link, a missing picture, a heading out of order
    options = ["--quiet", "--fail-on-warning", "--keep-going"]
    options += ["--conf-dir", str(HERE), "--doctree-dir", str(work / "doctrees")]
    if build_main([*options, str(work / "source"), str(work / "html")]):
        raise RuntimeError("Sphinx complains, see above; the book is as it was.")
    pages(work / "html" / "_static" / "live")
    return work / "html"


def finish(out: Path) -> None:
    """Put the book that is ready in its place, after a kill too."""
    old, ready = beside(out, "old"), beside(out, "ready")
    if ready.exists():
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            files.patiently(lambda: out.rename(old))
        files.patiently(lambda: ready.rename(out))
    shutil.rmtree(old, ignore_errors=True)


def beside(out: Path, what: str) -> Path:
    """Return a hidden folder next to the book."""
    return out.with_name(f".{out.name}.{what}")


def main() -> None:
    """Build, and say how large it is."""
    try:
        build(OUT)
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
    size = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"{OUT / 'index.html'}: {size / 1e6:.0f} MB. Open it in a browser.")


if __name__ == "__main__":
    main()
