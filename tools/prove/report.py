"""RELIABILITY.md, written from what `make prove` found and from its template."""

from pathlib import Path

from tools.prove import Promise, store

DOCUMENT = store.ROOT / "RELIABILITY.md"
TEMPLATE = Path(__file__).with_name("reliability.md")
HEAD = (
    "| promise | proof | figure | date | commit | machine |\n|---|---|---|---|---|---|"
)


def write(promises: list[Promise]) -> None:
    """Sum up all findings and write RELIABILITY.md."""
    text = document(promises, store.sum_up(promises))
    with store.files.beside(DOCUMENT) as part:
        part.write_text(text, encoding="utf-8")


def document(promises: list[Promise], known: dict[str, dict]) -> str:
    """Return RELIABILITY.md for what is known by promise and step."""
    machines = sorted({_machine(r) for s in known.values() for r in s.values()})
    letters = {name: chr(ord("A") + n) for n, name in enumerate(machines)}
    rows = [_row(promise, known.get(promise.name, {}), letters) for promise in promises]
    below = [f"- **{letter}**: {name}" for name, letter in letters.items()]
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("{promises}", "\n".join([HEAD, *rows]))
    return text.replace("{machines}", "\n".join(below) or "none yet")


def _row(promise: Promise, steps: dict[str, dict], letters: dict[str, str]) -> str:
    """Return one line of the table."""
    proof = f"[{promise.proof}]({promise.proof})"
    if not steps:
        return f"| {promise.says} | {proof} | not run yet | | | |"
    results = list(steps.values())
    cells = [
        promise.says,
        proof,
        figure(promise, steps),
        max(result["date"] for result in results),
        ", ".join(dict.fromkeys(f"`{result['commit']}`" for result in results)),
        ", ".join(sorted({letters[_machine(result)] for result in results})),
    ]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _machine(result: dict) -> str:
    return result.get("machine", "a machine that was not noted")


def figure(promise: Promise, steps: dict[str, dict]) -> str:
    """Say what the steps found, or BROKEN and what failed first; how many are done."""
    found = [result["found"] for result in steps.values()]
    whole = [finding for finding in found if not finding.get("crashed")]
    said = promise.figure(whole) if whole else "no step came to its end"
    wanted = len(promise.steps())
    if len(found) < wanted:
        said += f" ({len(found)} of {wanted} steps run)"
    failed = [line for finding in found for line in finding["failed"]]
    if not failed:
        return said
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"**BROKEN**: {' '.join(failed[0].split())}{more}; {said}"
