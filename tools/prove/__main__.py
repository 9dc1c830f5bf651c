"""Run what is not proved yet, write RELIABILITY.md: `python -m tools.prove [NAME ...]`.

`--again` proves the named promises anew (all, without a name), `--jobs 2` runs two
steps at a time where a promise allows it, `--list` says what is known, `--report` only
writes. Each step is a process of its own, so that a crash is a finding. Ctrl-C or
`kill` at any time: the steps that ended are kept.
"""

import argparse
import importlib
import pkgutil
import signal
import sys

import tools.prove
from helpers import files
from tools.prove import Promise, report, running, store

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
    parser.add_argument("--jobs", type=_several, default=1, metavar="N")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    return parser


def _several(text: str) -> int:
    """Read a number of jobs; argparse puts what is wrong into a sentence."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
    return int(text)


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
            store.renew(promise)
    stopped = False
    if not (asked.list or asked.report):
        stopped = _run_missing(chosen, every, asked.jobs)
    if not asked.list:
        report.write(every)
    broken = [_say(promise) for promise in chosen]
    return STOPPED if stopped else int(any(broken))


def _run_missing(chosen: list[Promise], every: list[Promise], jobs: int) -> bool:
    """Run step by step and write after each promise; return whether it was stopped."""
    try:
        for promise in chosen:
            name, steps = modules()[promise.name], store.missing(promise)
            running.run_all(promise, name, steps, jobs)
            report.write(every)
    except KeyboardInterrupt:
        print("\nStopped. What was proved is kept; the same command goes on.")
        return True
    return False


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
