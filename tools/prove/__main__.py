"""Run what is not proved yet, write RELIABILITY.md: `python -m tools.prove [NAME ...]`.

`--again` proves the named promises anew (all, without a name), `--list` says what is
known, `--report` only writes. Each step is a process of its own, so that a crash is a
finding. Ctrl-C or `kill` at any time: the steps that ended are kept.
"""

import argparse
import contextlib
import importlib
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time

import tools.prove
from benchmarks.record import machine
from helpers import files
from tools.prove import Promise, report, store, trial

STOPPED = 130  # what a program stopped by Ctrl-C returns


def modules() -> dict[str, str]:
    """Return the names of the modules that prove something, by name of promise."""
    names = sorted(m.name for m in pkgutil.iter_modules(tools.prove.__path__))
    return {
        promise.name: name
        for name in names
        if not name.startswith("_")
        for promise in getattr(_load(name), "PROMISES", [])
    }


def promises() -> list[Promise]:
    """Return every promise, in the order of RELIABILITY.md."""
    loaded = dict.fromkeys(modules().values())
    return [promise for name in loaded for promise in _load(name).PROMISES]


def _load(name: str):
    return importlib.import_module(f"tools.prove.{name}")


def main(arguments: list[str]) -> int:
    """Return 0 if every promise asked for holds so far, 1 if one is broken."""
    asked = _parser().parse_args(arguments)
    if asked.step:
        return _step(*asked.step)
    chosen = _chosen(asked.names)
    store.BUILD.mkdir(parents=True, exist_ok=True)
    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell's `&` ignores the first
        signal.signal(stop, signal.default_int_handler)
    try:
        with files.alone(store.BUILD / "make prove"):
            return _prove(chosen, asked)
    except BlockingIOError:
        print("Another make prove is running in this folder: wait, or stop that one.")
    except store.DamagedError as error:
        print(error)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tools.prove", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    return parser


def _chosen(names: list[str]) -> list[Promise]:
    """Return the promises of these names, all without any; a wrong name ends it."""
    every = {promise.name: promise for promise in promises()}
    if unknown := sorted(set(names) - set(every)):
        known = ", ".join(every)
        sys.exit(f"no promise is called {unknown[0]}: choose among {known}")
    return [every[name] for name in names or every]


def _prove(chosen: list[Promise], asked: argparse.Namespace) -> int:
    """Run the missing steps of these promises, and write what is known of all."""
    every = promises()
    if asked.again and not (asked.list or asked.report):
        for promise in chosen:
            store.forget(promise)
    stopped = False
    if not (asked.list or asked.report):
        stopped = _run_missing(chosen, every)
    if not asked.list:
        report.write(every)
    broken = [_say(promise) for promise in chosen]
    return STOPPED if stopped else int(any(broken))


def _run_missing(chosen: list[Promise], every: list[Promise]) -> bool:
    """Run step by step and write after each promise; return whether it was stopped."""
    try:
        for promise in chosen:
            known = store.results(promise)
            for step in [step for step in promise.steps() if step not in known]:
                _run(promise, step)
            report.write(every)
    except KeyboardInterrupt:
        print("\nStopped. What was proved is kept; the same command goes on.")
        return True
    return False


def _run(promise: Promise, step: str) -> None:
    """Run one step in a process group of its own and keep what it found."""
    print(f"{promise.name}, {step}: ", end="", flush=True)
    path = store.place(promise, step)
    log, answer = path.with_suffix(".log"), path.with_suffix(".found")
    log.parent.mkdir(parents=True, exist_ok=True)
    answer.unlink(missing_ok=True)
    name = modules()[promise.name]
    command = [sys.executable, "-m", "tools.prove", "--step", name, promise.name, step]
    start = time.perf_counter()
    status = _wait(command, log)
    found = store.read(answer) or _crash(step, status, log)
    answer.unlink(missing_ok=True)
    seconds = time.perf_counter() - start
    store.keep(path, store.finding(found, machine(), seconds))
    print(f"{'; '.join(found['failed'][:3]) or 'held'} ({seconds:.0f} s)", flush=True)


def _wait(command: list[str], log) -> int:
    """Run a command with its output in `log`; whatever ends this ends all of it.

    What it left in its temporary folder goes with it.
    """
    folder = tempfile.TemporaryDirectory(prefix="prove-", ignore_cleanup_errors=True)
    with folder as temporary, open(log, "wb") as output:
        process = subprocess.Popen(
            command,
            cwd=store.ROOT,
            env={**os.environ, "TMPDIR": temporary},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait()
        finally:
            if process.poll() is None:  # stopped; else the number may be another's
                trial.end(process.pid)  # before its group, whose end makes orphans
            if hasattr(os, "killpg"):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _crash(step: str, status: int, log) -> dict:
    """Return the finding of a step that said nothing."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = lines[-1][:200] if lines else "no output"
    return {"crashed": True, "failed": [f"{step} ended with status {status}: {last}"]}


def _step(module: str, name: str, step: str) -> int:
    """Run one step in this process and leave what it found beside its log."""
    (promise,) = [p for p in _load(module).PROMISES if p.name == name]
    found = promise.run(step)
    store.keep(store.place(promise, step, ".found"), found)
    return 0


def _say(promise: Promise) -> bool:
    """Print how a promise stands; return whether it is broken."""
    steps = store.results(promise)
    said = report.figure(promise, steps) if steps else "not run yet"
    print(f"{promise.name}: {said}")
    return said.startswith("**BROKEN**")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
