"""The kit's pages in Markdown: sessions and handouts."""

import re

from helpers.checks import bank
from tools.check_notebooks import NOTEBOOKS
from tools.kit import HEAD, notebooks, plan
from tools.questions import Option, four, marks, options, stem
from tools.questions.sheets import DISCUSS

MINUTES = 45  # a session
PRESENT, VOTE, CLOSE = 15, 2, 5  # minutes of it; the rest is the students'


def link(number: str, form: str = "{0}. {1}") -> str:
    """Return a link from the instructor's folder to a notebook."""
    page = notebooks()[number]
    words = form.format(int(number), page["title"])
    return f"[{words}](../notebooks/{page['path'].name})"


def vote(name: str) -> str:
    """Return a question as it is put to the room, and what its wrong answers show."""
    item = bank.find(name)
    text = stem(item, "A")
    if "\n    " in text:  # a grid of numbers, or code
        lines = [f"- **{name}** " + text.replace("\n", "\n  ")]
    else:
        lines = [f"- **{name}** {' '.join(text.split())}"]
    shown = four(item)
    for mark, option in zip(marks(item), shown, strict=False):
        lines.append(f"  - {mark}: {option.text}: {meaning(option)}")
    for option in options(item):
        if option not in shown:
            lines.append(f"  - also said, {option.text}: {meaning(option)}")
    return "\n".join(lines)


def meaning(option: Option) -> str:
    """Say what an answer shows."""
    if option.right:
        return "right"
    return " ".join(option.says.split()) or "a distractor"


def minutes(one: dict) -> tuple[int, int]:
    """Return how long a session's votes take, and what is left for the students."""
    votes = VOTE * len(one["votes"])
    return votes, MINUTES - PRESENT - votes - CLOSE


def session(number: int, one: dict) -> str:
    """Return the page of one session."""
    page = notebooks()[one["notebook"]]
    part = f", {one['part']}" if "part" in one else ""
    begins = f", from *{one['begins']}* on" if "begins" in one else ""
    aims = "\n".join(f"- {page['aims'][aim - 1]}" for aim in one["aims"])
    votes, more = "\n".join(map(vote, one["votes"])), one.get("more", [])
    votes += "\n\n**At home, or if there is time:**\n\n" if more else ""
    votes += "\n".join(map(vote, more))
    voting, working = minutes(one)
    return f"""## Session {number}: {page["title"]}{part}

{link(one["notebook"], "Notebook {0}")}{begins}. Students can afterwards:

{aims}

| of {MINUTES} minutes | |
|---|---|
| present, {PRESENT} min | {one["present"]} |
| votes, {voting} min | {", ".join(one["votes"])}, each before its cell is run |
| students, {working} min | {one["students"]} |
| without computers | worksheet {number}, on paper |
| close, {CLOSE} min | {one["close"]} |
| {PRESENT + voting} minutes gone and not there? leave out | {one["cut"]} |

**Tip:** {one["say"]}

**Votes**, with the letters of the slides, and what each wrong answer shows:

{votes}
"""


def sessions() -> str:
    """Return sessions.md."""
    pages = [session(n, one) for n, one in enumerate(plan()["session"], 1)]
    opening = f"""{HEAD}
# The sessions, one by one

{len(pages)} sessions of {MINUTES} minutes. A vote is a prediction of the notebook, put
to the room before the cell is run: all show a letter at once. With {DISCUSS} right, let
neighbours talk for two minutes and vote again; above, go on; below, explain first. A
vote takes {VOTE} minutes, one that is discussed and taken again four: it costs the
students that time. `make questions NB=02` writes the votes for a projector
(`votes.html#02.1` opens at one), `make slides` has those of the plan, with the same
letters; `make print NB=02` prints this, the handout and the worksheets. Nobody has
installed anything? The [worksheets](worksheets.md) need paper and a pencil; the book
(`make book`), on any phone, asks the predictions.
"""
    return from_here("\n".join([opening, *pages]))


def from_here(text: str) -> str:
    """Let links between notebooks start at the instructor's folder."""
    return re.sub(r"\]\((\d\d_\w+\.ipynb)", r"](../notebooks/\1", text)


def handout(number: str) -> str:
    """Return a notebook's handout: what was learned, its words, its first questions."""
    rows = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(
        r"^\| \*\*(.+?)\*\* \| (.+?) \| .*?\[(\d+)\]", rows, re.MULTILINE
    )
    page = notebooks()[number]
    own = [f"- **{t}**: {what}" for t, what, at in terms if int(at) == int(number)]
    asked = [bank.find(f"{number}.{letter}").text().strip() for letter in "abc"]
    again = [f"{place}. {' '.join(q.split())}" for place, q in enumerate(asked, 1)]
    parts = [f"## {int(number)}. {page['title']}", ""]
    parts += [*(f"- {line}" for line in page["learned"]), "", "**Words**", "", *own]
    return "\n".join([*parts, "", "**Before you start it**", "", *again, ""])


def handouts() -> str:
    """Return handouts.md: a page a notebook."""
    opening = (
        f"{HEAD}\n# Handouts\n\nA page for each notebook; `make print NB=02` writes "
        "what you teach as PDF.\n"
    )
    return from_here("\n".join([opening, *map(handout, notebooks())]))
