"""Programs killed at random moments: what was finished stays, and the next run ends.

`kinds` says what is killed. Each kill starts from a folder with older results, ends the
work with SIGKILL somewhere in the time that it was measured to take, and runs it again
two hours later by the files' clocks. Ten kills are a step; the moments are drawn from
its name.
"""

import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
import traceback
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from tools.prove import Promise, kinds

TIMES = 10  # kills a step
LIMIT = 120  # seconds that a run may take
# no `helpers`: TensorFlow would start its threads before the fork, and `fit` wait
PRELOADED = ["keras", "tensorflow", "optuna", "sklearn.datasets"]
PRELOADED += ["matplotlib.pyplot", "scipy.stats"]


def _child(prepare, folder: Path, served: dict, begun) -> None:
    """Do the work of a kind in a session of its own, and say when it begins."""
    os.setsid()
    with open(folder.with_suffix(".log"), "a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        work = prepare(folder, **served)
        begun.send(True)
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)  # whatever threads there are


def started(kind: str, folder: Path, served: dict):
    """Start the work of a kind; return its process once it has begun."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    reader, writer = context.Pipe(duplex=False)
    told = kinds.KINDS[kind].prepare, folder, served, writer
    process = context.Process(target=_child, args=told)
    process.start()
    writer.close()
    if not reader.poll(LIMIT):
        process.kill()
        raise TimeoutError(f"{kind} did not begin")
    return process


def ended(process, seconds: float) -> bool:
    """Wait so many seconds for a process, then kill it and all that it started."""
    process.join(seconds)
    alive = process.is_alive()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.join()
    return not alive


def watched(kind: str, process, folder: Path, seconds: float) -> dict:
    """Return what was finished at some time of these seconds, or before the end."""
    found, late = {}, time.monotonic() + seconds
    while time.monotonic() < late and process.is_alive():
        with suppress(OSError, ValueError):  # a file was replaced while it was read
            found |= kinds.KINDS[kind].finished(folder)
        process.join(max(0, min(0.02, late - time.monotonic())))
    return found


def complete(kind: str, folder: Path, served: dict) -> str:
    """Do the work of a kind to its end; return what went wrong, "" where nothing."""
    process = started(kind, folder, served)
    if not ended(process, LIMIT):
        return f"did not end within {LIMIT} s"
    if process.exitcode == 0:
        return ""
    said = folder.with_suffix(".log").read_text(encoding="utf-8").strip()
    return f"ended with {process.exitcode}: {said.splitlines()[-1][:200]}"


def age(folder: Path) -> None:
    """Let every file be two hours old, as if the next run were started later."""
    then = time.time() - 7200
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then))


def one(kind: str, older: Path, folder: Path, served: dict, moment: float) -> list[str]:
    """Kill once, so many seconds after the work began; return what was lost."""
    shutil.copytree(older, folder)
    known = kinds.KINDS[kind]
    ever = known.finished(older) if known.replaces else {}
    process = started(kind, folder, served)
    ever |= watched(kind, process, folder, moment)
    ended(process, 0)
    before = known.finished(folder)
    ever.pop("faults", None)
    faults = before.pop("faults", [])
    faults += [f"{name} was lost" for name in ever if name not in before]
    faults = [f"after the kill: {fault}" for fault in faults]
    age(folder)
    if fault := complete(kind, folder, served):
        return [*faults, f"the next run {fault}"]
    after = known.finished(folder)
    faults += [f"after the next run: {fault}" for fault in after.pop("faults", [])]
    faults += [f"{name} was lost" for name in before if known.lost(name, before, after)]
    left = sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))
    return faults + [f"{n} was left" for n in left if not known.expects(n)]


def run(kind: str, step: str, times: int = TIMES) -> dict:
    """Kill the work of a kind some times; return what was lost, and the moments."""
    draw, moments, failed = random.Random(f"{kind} {step}"), [], []
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = kinds.KINDS[kind].serve(stack)
        older, full = place / "older", place / "full"
        older.mkdir()
        if kinds.KINDS[kind].replaces and (fault := complete(kind, older, served)):
            return {"kills": 0, "failed": [f"without a kill it {fault}"]}
        shutil.copytree(older, full)
        process = started(kind, full, served)
        start = time.perf_counter()
        if not ended(process, LIMIT) or process.exitcode:
            return {"kills": 0, "failed": ["without a kill it failed"]}
        seconds = time.perf_counter() - start
        for number in range(times):
            moments.append(round(draw.uniform(0, seconds), 3))
            folder = place / str(number)
            faults = one(kind, older, folder, served, moments[-1])
            failed += [f"{kind}, {moments[-1]} s: {fault}" for fault in faults]
            shutil.rmtree(folder)
    return {"kills": times, "of": round(seconds, 3), "at": moments, "failed": failed}


def figure(found: list[dict]) -> str:
    """Say how many kills there were, and that nothing was lost."""
    kills = sum(each["kills"] for each in found)
    lost = {fault.partition(" s: ")[0] for each in found for fault in each["failed"]}
    return f"{kills} kills, {len(lost)} lost anything"


PROMISES = [
    Promise(
        f"kill-{name}",
        f"{kind.says} loses nothing to a kill, and its next run ends.",
        "tools/prove/kills.py",
        lambda kind=kind: [str(n + 1) for n in range(kind.steps)],
        partial(run, name),
        figure,
    )
    for name, kind in kinds.KINDS.items()
]
