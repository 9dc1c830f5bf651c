"""The steps of a promise, each a process of its own, one or several at a time."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time

from benchmarks.record import machine
from tools.prove import Promise, store, trial


def run_all(promise: Promise, module: str, steps: list[str], jobs: int = 1) -> None:
    """Run these steps and keep what each found; whatever ends this ends all of it.

    Up to `jobs` run beside each other, where the promise allows it; what they start
    reads from `PROVE_JOBS` how many share the cores.
    """
    jobs = jobs if promise.together else 1
    waiting, running = list(steps), []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Running(promise, module, waiting.pop(0), jobs))
            for one in [one for one in running if one.process.poll() is not None]:
                one.clear()
                one.keep()
                running.remove(one)
            time.sleep(0.05)
    finally:
        for one in running:
            one.clear()


class Running:
    """A step that runs in a process group of its own, with its output in a log."""

    def __init__(self, promise: Promise, module: str, step: str, jobs: int):
        self.name, self.step = f"{promise.name}, {step}", step
        self.path = store.place(promise, step)
        self.log, self.answer = (self.path.with_suffix(s) for s in (".log", ".found"))
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.answer.unlink(missing_ok=True)
        self.folder = tempfile.TemporaryDirectory(
            prefix="prove-", ignore_cleanup_errors=True
        )
        settings = {"PROVE_JOBS": str(jobs), "TMPDIR": self.folder.name}
        command = [sys.executable, "-m", "tools.prove"]
        print(f"{self.name} ...", flush=True)
        self.begun = time.perf_counter()
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [*command, "--step", module, promise.name, step],
                cwd=store.ROOT,
                env={**os.environ, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def clear(self) -> None:
        """End what is left of the step, with what it left in its temporary folder."""
        if self.process.poll() is None:  # stopped; else the number may be another's
            trial.end(self.process.pid)  # before its group, whose end makes orphans
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.folder.cleanup()

    def keep(self) -> None:
        """Store what the step found, or that it said nothing, and print it."""
        found = store.read(self.answer) or self._crash()
        self.answer.unlink(missing_ok=True)
        seconds = time.perf_counter() - self.begun
        store.keep(self.path, store.finding(found, machine(), seconds))
        said = "; ".join(found["failed"][:3]) or "held"
        print(f"{self.name}: {said} ({seconds:.0f} s)", flush=True)

    def _crash(self) -> dict:
        text = self.log.read_text(encoding="utf-8", errors="replace")
        last = (text.strip().splitlines() or ["no output"])[-1][:200]
        said = f"{self.step} ended with status {self.process.returncode}: {last}"
        return {"crashed": True, "failed": [said]}
