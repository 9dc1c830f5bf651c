"""Do the tests see a small mistake? Mutants of `helpers/` and `app/`, by Cosmic Ray.

A mutant is a module with one operator, number, comparison, keyword or decorator
changed. One step a module: of up to `MUTANTS` of its places, drawn with a seed, one
mutant each is tested, in a copy of the checkout. Verdicts are kept in
`build/prove/mutants/verdicts` until the module or its tests change, so a step goes on
where it stopped. `mutants.toml` says which tests hold a module, and explains mutants
that no test can see. Cosmic Ray comes with `pip install -e ".[prove]"`.
"""

import ast
import contextlib
import hashlib
import json
import os
import random
import tempfile
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.checkout import copied
from tools.prove import Promise, trial

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "build" / "prove" / "mutants" / "verdicts"
NOTES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
MUTANTS = int(os.environ.get("MUTANTS", 40))  # of a module, at most
LEAST = 0.9  # of a module's mutants, and of all
SECONDS = 30  # a mutant may take so much, and five times what the tests took without


@dataclass(frozen=True)
class Mutant:
    """One change of a module: where, the line before and after, the whole source."""

    line: int
    was: str
    now: str
    source: str


def path_of(step: str) -> Path:
    """Return the module's path from the root: helpers/data/cache.py of its name."""
    return Path(step.replace(".", "/") + ".py")


def steps() -> list[str]:
    """List the modules that hold something to change, as helpers.data.cache."""
    paths = [p for room in ("helpers", "app") for p in (ROOT / room).rglob("*.py")]
    names = sorted(p.relative_to(ROOT).with_suffix("") for p in paths)
    return [n for n in (".".join(p.parts) for p in names) if n not in NOTES["without"]]


def tests_of(step: str) -> list[str]:
    """List the tests that hold a module: the one of its name, or what the notes say."""
    path = path_of(step)
    own = Path("tests", *path.parts[1:-1], f"test_{path.name}")
    return NOTES["tests"].get(step, [own.as_posix()])


def held_by(tree: Path, tests: list[str]) -> list[Path]:
    """List the files that decide a verdict: the tests and what they share."""
    found = {tree / "tests" / "conftest.py"}
    for path in (tree / test for test in tests):
        folder = path if path.is_dir() else path.parent
        shared = [p for p in folder.glob("*.py") if not p.name.startswith("test_")]
        found.update(path.rglob("*.py") if path.is_dir() else [path], shared)
    return sorted(found)


def sample(source: str, most: int) -> list[Mutant]:
    """Draw a mutant at each of up to `most` places of a source, the same every day."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    draw = random.Random(0)
    places = sorted(_places(source).items())
    draw.shuffle(places)
    found, same = [], (None, _tree(source))
    for (line, _), changes in places:
        name, occurrence = draw.choice(changes)
        try:
            mutated = mutate_code(source, get_operator(name)(), occurrence)
        except AttributeError:  # Cosmic Ray 8.7: a dotted name among those of except
            continue
        if _tree(mutated) not in same:
            found.append(Mutant(line, *_changed(source, mutated), mutated))
        if len(found) == most:
            break
    return sorted(found, key=lambda mutant: (mutant.line, mutant.now))


def _places(source: str) -> dict[tuple[int, int], list[tuple[str, int]]]:
    """Find (line, column) -> the (operator, occurrence) that change something there."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes, hints, places = list(ast_nodes(get_ast(source))), _hints(source), {}
    for name in operator_names():
        if get_operator(name).arguments() or name.endswith("NoOp"):
            continue
        operator = get_operator(name)()
        spans = [span for node in nodes for span in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(spans):
            if not any(first <= start < last for first, last in hints):
                places.setdefault(start, []).append((name, occurrence))
    return places


def _hints(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Find type hints, (line, column) of begin and end: no test sees them."""
    nodes = ast.walk(ast.parse(source))
    found = [getattr(n, f, None) for n in nodes for f in ("annotation", "returns")]
    return [
        ((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset))
        for n in found
        if n is not None
    ]


def _tree(source: str | None) -> str | None:
    """Return a source without its spaces and comments; None where it is no Python."""
    with contextlib.suppress(SyntaxError, TypeError):
        return ast.dump(ast.parse(source))


def _changed(source: str, mutated: str) -> tuple[str, str]:
    """Return the lines that differ, before and after, without the spaces around."""
    both = [text.splitlines() for text in (source, mutated)]
    while both[0] and both[1] and both[0][0] == both[1][0]:
        both = [lines[1:] for lines in both]
    while both[0] and both[1] and both[0][-1] == both[1][-1]:
        both = [lines[:-1] for lines in both]
    was, now = (" ".join(filter(None, map(str.strip, lines))) for lines in both)
    return was, now


def run(step: str) -> dict:
    """Test the mutants of one module, and say which ones no test saw."""
    with tempfile.TemporaryDirectory(dir=_made(KEPT.parent)) as folder:
        return judge(step, copied(Path(folder)))


def judge(step: str, tree: Path, most: int = MUTANTS) -> dict:
    """Count the killed mutants of a module of the checkout in `tree`."""
    path, tests = tree / path_of(step), tests_of(step)
    source = path.read_text(encoding="utf-8")
    texts = [p.read_text(encoding="utf-8") for p in held_by(tree, tests)]
    tried = trial.Trial(tree, tests, draws=any("@given" in t for t in texts))
    passed, seconds = tried.passes(seconds=900)
    if not passed:
        return {"failed": [f"{step}: its tests fail without a mutant"]}
    known, verdicts = _known(step, texts), []
    for mutant in sample(source, most):
        verdict = known.get(mutant.source)
        if verdict is None:
            path.write_text(mutant.source, encoding="utf-8")
            verdict = tried.verdict(SECONDS + 5 * seconds)
            path.write_text(source, encoding="utf-8")
            known.add(mutant.source, verdict)
        verdicts.append((mutant, verdict))
    return summed(step, verdicts)


def summed(step: str, verdicts: list[tuple[Mutant, str]]) -> dict:
    """Count the verdicts of a module, and name the survivors with line and change."""
    explained = {(n["was"], n["now"]) for n in NOTES["equivalent"].get(step, [])}
    left = [mutant for mutant, verdict in verdicts if verdict == "survived"]
    open_ = [m for m in left if (m.was, m.now) not in explained]
    counts = {
        "mutants": len(verdicts) - len(left) + len(open_),
        "killed": len(verdicts) - len(left),
        "timed_out": sum(verdict == "timed out" for _, verdict in verdicts),
        "equivalent": len(left) - len(open_),
    }
    shown = [{k: v for k, v in asdict(m).items() if k != "source"} for m in open_]
    failed = []
    if counts["killed"] < LEAST * counts["mutants"]:
        failed = [f"{step}: {counts['killed']} of {counts['mutants']} mutants killed"]
    return {**counts, "survivors": shown, "failed": failed}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class _known:
    """The verdicts of one module so far: a line each, for these tests alone."""

    def __init__(self, step: str, texts: list[str]):
        self.tests = _hash(*texts)
        self.path = _made(KEPT) / f"{step}.jsonl"
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        whole = [line for line in lines if line.endswith("]")]
        self.found = {key: verdict for key, verdict in map(json.loads, whole)}

    def get(self, source: str) -> str | None:
        return self.found.get(_hash(self.tests, source))

    def add(self, source: str, verdict: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([_hash(self.tests, source), verdict]) + "\n")


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def figure(found: list[dict]) -> str:
    """Say how many mutants of how many modules were killed."""
    killed, all_ = (sum(f.get(k, 0) for f in found) for k in ("killed", "mutants"))
    same = sum(f.get("equivalent", 0) for f in found)
    return (
        f"{killed} of {all_} mutants in {len(found)} modules killed, "
        f"{1000 * killed // max(all_, 1) / 10} %; {same} more are equivalent"
    )


PROMISES = [
    Promise(
        "mutants",
        "A small mistake in helpers/ or app/ turns their tests red.",
        "tools/prove/mutants.py",
        steps,
        run,
        figure,
        together=True,
    )
]
