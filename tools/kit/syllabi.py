"""The kit's syllabi: which sessions when, how long, and what they leave out."""

from helpers import results
from tools.kit import HEAD, notebooks, plan, taught
from tools.kit.pages import MINUTES, link


def seconds(numbers: list[str]) -> int:
    """Return how long the computer needs for these notebooks, as measured."""
    measured = results.read("memory")["notebooks"]
    stems = {notebooks()[number]["path"].stem for number in numbers}
    return sum(measured[stem]["seconds"] for stem in stems)


def syllabus(one: dict) -> str:
    """Return one syllabus as a table; ValueError where it does not fit its time."""
    numbers = held(one)
    if (used := MINUTES * len(numbers)) > one["minutes"]:
        raise ValueError(f"{one['name']}: {used} minutes in {one['minutes']}")
    table = "\n".join(row(place, day) for place, day in enumerate(one["days"], 1))
    return f"""## {one["name"]}

{one["for_whom"]} {len(numbers)} sessions, {used} minutes of {one["minutes"]}, breaks
apart.

| {one["unit"]} | sessions | minutes | computer, s | alone at home, minutes |
|---|---|---|---|---|
{table}
{instead(one)}{at_home(one)}"""


def held(one: dict) -> list[int]:
    """List the sessions of a syllabus by their numbers."""
    return [n for day in one["days"] if not isinstance(day, str) for n in day]


def row(place: int, day: list[int] | str) -> str:
    """Return the line of a syllabus for the sessions of a day, or of a week."""
    if isinstance(day, str):
        return f"| {place} | {day} | | | |"
    each = [taught(plan()["session"][number - 1]) for number in day]
    names = [name for names in each for name in sorted(names)]
    words = "; ".join(map(called, day))
    home = sum(notebooks()[name]["minutes"] for name in sorted(set(names)))
    return f"| {place} | {words} | {MINUTES * len(day)} | {seconds(names)} | {home} |"


def called(number: int) -> str:
    """Name a session: its number, its notebook, its part."""
    one = plan()["session"][number - 1]
    part = f" ({one['part']})" if "part" in one else ""
    return f"{number}: {link(one['notebook'], '{1}')}{part}"


def untaught(one: dict) -> dict[str, list[str]]:
    """Return what a syllabus leaves out, and which of its notebooks lean on that."""
    sessions = [plan()["session"][number - 1] for number in held(one)]
    known = {name for each in sessions for name in taught(each)}
    found: dict[str, list[str]] = {}
    for name in sorted(known):
        for need in notebooks()[name]["needs"]:
            if need not in known:
                found.setdefault(need, []).append(name)
    for number, each in zip(held(one), sessions, strict=True):
        if "begins" in each and number - 1 not in held(one):  # a second half
            found[f"{each['notebook']}, first half"] = [each["notebook"]]
    return found


def instead(one: dict) -> str:
    """Say what is not taught, and what to say instead, where that is leaned on."""
    lines = [
        f"- {int(name[:2])}{name[2:]} (for {', '.join(str(int(n)) for n in users)}): "
        + plan()["instead"][name]
        for name, users in sorted(untaught(one).items())
    ]
    return "\n".join(["", "Not taught, say instead:", "", *lines, ""]) if lines else ""


def at_home(one: dict) -> str:
    """Name the sessions that are left for reading."""
    listed = "; ".join(map(called, one.get("home", [])))
    return f"\nTo read at home: {listed}.\n" if listed else ""


def syllabi() -> str:
    """Return syllabus.md."""
    measured = results.read("memory")
    opening = f"""{HEAD}
# Four syllabi

Made of the [sessions](sessions.md). *Computer* is how long the notebooks of a row ran
from top to bottom, measured once each ({measured["machine"]}; {measured["date"]}).
*Alone at home* is the time that the notebooks declare for reading, without exercises,
for whoever missed the session. A test before the first session and after the last:
`make questions NB="01 02 06"` (the notebooks that you teach) writes two forms of the
questions that have numbers to change, with other numbers in each. Choose some twenty at
most, a minute each, outside the sessions. For whoever has to approve it:
[module.md](module.md).
"""
    return "\n".join([opening, *map(syllabus, plan()["syllabus"])])
