"""The kit's page for whoever approves a module: aims, weeks, hours, marks."""

from helpers import results
from helpers.checks import bank
from tools.kit import HEAD, notebooks, plan
from tools.kit.syllabi import at_home, held, row

HOURS_A_CREDIT = (25, 30)  # European Commission, ECTS Users' Guide, 2015


def term() -> dict:
    """Return the syllabus that the module is about."""
    wanted = plan()["module"]["syllabus"]
    return next(one for one in plan()["syllabus"] if one["name"] == wanted)


def hours() -> dict[str, float]:
    """Return a student's hours, by what they are spent on."""
    told, one = plan()["module"], term()
    sessions = [plan()["session"][n - 1] for n in [*held(one), *one["home"]]]
    names = {session["notebook"] for session in sessions}
    reading = sum(notebooks()[name]["minutes"] for name in names)
    many = sum(
        isinstance(each, bank.Exercise) and key[:2] in names
        for key, each in bank.everything().items()
    )
    asked = sum(notebooks()[name]["exercise_minutes"] for name in names)
    weeks = len(one["days"])
    return {
        f"in class, {weeks} weeks of {one['minutes'] // weeks} minutes": one["minutes"]
        / 60,
        f"reading {len(names)} notebooks, as declared (estimate)": reading / 60,
        f"{many} exercises, as long as they declare (estimate)": asked / 60,
        "project (estimate)": told["project_hours"],
        "preparing the exam (estimate)": told["exam_hours"],
    }


def aims() -> str:
    """List what students can do afterwards: aims of the notebooks."""
    named = [aim.split(".") for aim in plan()["module"]["aims"]]
    return "\n".join(f"- {notebooks()[n]['aims'][int(k) - 1]}" for n, k in named)


def module() -> str:
    """Return module.md."""
    one, told = term(), plan()["module"]
    total = sum(hours().values())
    least, most = (total / each for each in reversed(HOURS_A_CREDIT))
    spent = "\n".join(f"| {what} | {n:.0f} |" for what, n in hours().items())
    # without the last two columns, which are for the room
    weeks = [
        "|".join(row(n, day).split("|")[:3]) + "|"
        for n, day in enumerate(one["days"], 1)
    ]
    measured = results.read("memory")["notebooks"].values()
    memory = max(each["mb"] for each in measured)  # the largest notebook's
    return f"""{HEAD}
# Module description: image classification with convolutional neural networks

For the term of [syllabus.md](syllabus.md). What your faculty words otherwise, word
otherwise; figures marked as estimates were measured by nobody.

**Prerequisites.** {told["prerequisites"]}

**Students can afterwards**

{aims()}

**Workload**

| | hours |
|---|---|
{spent}
| **together** | **{total:.0f}** |

At {HOURS_A_CREDIT[0]} to {HOURS_A_CREDIT[1]} hours a credit point (ECTS Users' Guide,
2015) that is {least:.1f} to {most:.1f} points.

**Assessment.** {told["assessment"]}

**Equipment.** A projector; laptops with two cores, {memory / 1024:.1f} GB of free
memory and 3.5 GB of disk, with Linux, or (untried) Windows or a Mac of Apple's own
chips, and Python 3.11 to 3.13; no GPU, no accounts, no network once it is installed.
Without laptops: paper ([worksheets](worksheets.md)) and the book on phones.

**Cost and rights.** None; MIT licence. CIFAR-10 has no licence of its own
([notebook 8](../notebooks/08_dataset.ipynb) says what that means); the digits and the
drawings, which may stand in for it, have one.

| week | sessions |
|---|---|
{chr(10).join(weeks)}
{at_home(one)}"""
