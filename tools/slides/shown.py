"""What a slide shows of one cell: first sentences, a figure, lines, code."""

import ast
import base64
import html
import io
import re
from collections.abc import Callable

import nbformat
from markdown_it import MarkdownIt
from PIL import Image, ImageChops

from helpers.checks import bank
from tools.book import formulas
from tools.refresh import uncover
from tools.slides import notes

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
LINES, WORDS = 11, 60  # what fits, at 24 px and more
DECISIVE = 5  # lines of code above what they print
# statements of a cell that say nothing about how its result comes about
ASIDE = re.compile(
    r"assert |import |from |plots\.|plt\.|evaluation\.|checks\.|prediction = "
)
PREDICT = re.compile(r"> \*\*(Predict|Try)")
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)


def text(source: str) -> str:
    """Return the list of a cell, else its first sentences and what they announce."""
    points = re.findall(r"^- .+$", source, re.MULTILINE)
    if points:
        short = [first_sentences(point, 2 * WORDS // len(points)) for point in points]
        return f"<div>{block(chr(10).join(short))}</div>"
    told = [p.strip() for p in source.split("\n\n") if p.strip() and not skipped(p)]
    if not told:
        return ""
    said = first_sentences(re.sub(r"^> ?", "", told[0], flags=re.MULTILINE))
    whole = len(said) >= len(told[0])
    more = [it for it in told[1:2] if whole and (said[-1] == ":" or it[0] == ">")]
    return f"<div><p>{inline(said)}</p>{''.join(map(block, more))}</div>"


def told_after(source: str) -> str:
    """Return of the text after an answer what is folded, else what stands first."""
    folded = FOLDED.search(source)
    return folded[0] if folded else source.partition("## ")[0]


def skipped(paragraph: str) -> bool:
    """Tell whether a paragraph is a heading, a tag, a numbered point or a task."""
    return bool(re.match(r"\s*(#|<|\||\d\. )", paragraph)) or bool(
        PREDICT.match(paragraph)
    )


def first_sentences(words: str, most: int = WORDS) -> str:
    """Return as many sentences as fit into so many words, one at least.

    What a colon announces belongs to its sentence.
    """
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z`*(])", words):
        if kept and len(" ".join([*kept, sentence]).split()) > most:
            break
        kept.append(sentence)
    return " ".join(kept)


def inline(words: str) -> str:
    """Return a line of Markdown as HTML; links are of no use on a wall."""
    return written(words, MARKDOWN.renderInline)


def block(words: str) -> str:
    """Return paragraphs of Markdown as HTML."""
    return written(words, MARKDOWN.render)


def written(words: str, render: Callable[[str], str]) -> str:
    """Render Markdown with [text](address) as text; no tag passes but MathML."""
    words = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", words)
    made: list[str] = []

    def keep(found: re.Match) -> str:
        if (formula := formulas.mathml(found)) == found[0]:  # code
            return found[0]
        made.append(formula)
        return f"\ue000{len(made) - 1}\ue001"  # signs that no text has

    text = render(formulas.FORMULA.sub(keep, words))
    return re.sub("\ue000(\\d+)\ue001", lambda found: made[int(found[1])], text)


def vote(asked: bank.Item) -> str:
    """Return a question, and its options with letters."""
    stem = block(f"**Vote.** {asked.text().strip()}")
    listed = "".join(f"<li>{inline(each)}</li>" for each in notes.options(asked))
    return f'<div>{stem}<ol class="vote">{listed}</ol></div>'


def outputs(cell: nbformat.NotebookNode) -> list[str]:
    """Return a cell's figures, else what it prints."""
    found = []
    uncover(cell)
    drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
    for output in cell.outputs:
        if output.output_type == "stream" and not drawn:  # print repeats its figure
            found.append(f"<pre>{cut(output.text.rstrip())}</pre>")
        elif "image/png" in output.get("data", {}):
            alt = html.escape(cell.metadata.get("alt", ""))
            data = trimmed(output.data["image/png"])
            found.append(f'<img alt="{alt}" src="data:image/png;base64,{data}">')
    return found


def trimmed(png: str) -> str:
    """Cut the white margins off a picture in base64: what is left is shown larger."""
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    white = Image.new("RGB", picture.size, "white")
    left, top, right, bottom = ImageChops.difference(picture, white).getbbox()
    right, bottom = min(right + 2, picture.width), min(bottom + 2, picture.height)
    held = io.BytesIO()
    picture.crop((max(left - 2, 0), max(top - 2, 0), right, bottom)).save(held, "png")
    return base64.b64encode(held.getvalue()).decode()


def code(source: str) -> str:
    """Return source code, as much as fits."""
    return f'<pre class="code">{cut(source)}</pre>'


def cut(words: str) -> str:
    """Return the first lines, as HTML."""
    lines = words.splitlines()
    return html.escape("\n".join(lines[:LINES] + ["..."] * (len(lines) > LINES)))


def decisive(source: str) -> str:
    """Return the lines of a cell that make its result.

    Left out are imports, assertions, what draws, and the cell of a prediction. Raises
    ValueError where more lines are left than a room reads, or none.
    """
    lines, kept = source.splitlines(), []
    for node in ast.parse(source).body:
        if not ASIDE.match(lines[node.lineno - 1]):
            kept += lines[node.lineno - 1 : node.end_lineno]
    if not 1 <= len(kept) <= DECISIVE:
        raise ValueError(
            f"{len(kept)} lines of code, where 1 to {DECISIVE} fit: {source}"
        )
    return "\n".join(kept)
