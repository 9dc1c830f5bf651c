"""Measure training on several workers: `make scaling` (about a quarter of an hour).

A worker is a process that sees one core. The runs of each seed: one worker, two, two
of which one is killed; all are judged on the validation images. Then the seconds of a
step: with one worker and with two, for the same batch and twice the batch, with a
worker that loses time in every step, without batch normalization. And how soon a frozen
worker is noticed. The result is benchmarks/results/scaling.json, which notebook 18
reads.
"""

import os
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

import h5py
import numpy as np

from benchmarks.record import machine, run_program, write
from helpers import data, experiments, results
from helpers.training import launch

RESULTS = results.FOLDER / "scaling.json"
SEEDS, ROUNDS, SLOW = 5, 3, 0.5
WAYS = {"one": (1, None), "two": (2, None), "killed": (2, 1)}


def job_of(folder: Path, **values) -> launch.Job:
    """Return a training on CIFAR-10 in this folder."""
    return launch.Job(str(folder), data="cifar10", **values)


def arrays(checkpoint: Path) -> dict[str, np.ndarray]:
    """Read all of a checkpoint, weights and optimizer, by their paths in the file."""
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(checkpoint) as file:
        file.visititems(keep)
    return found


def gap(checkpoint: Path, other: Path) -> float:
    """Return the largest difference between two checkpoints, over all their numbers."""
    ours, theirs = arrays(checkpoint), arrays(other)
    if ours.keys() != theirs.keys():
        raise ValueError(f"{checkpoint} and {other} are not of the same network")
    return max(float(np.abs(ours[k] - theirs[k]).max()) for k in ours)


def accuracy(checkpoint: Path, images) -> float:
    """Evaluate a checkpoint by Keras on TensorFlow, whichever backend wrote it."""
    model = experiments.build(experiments.NORMALIZED, images.images.shape[1:])
    model.load_weights(checkpoint)
    scores = model.predict(images.images, batch_size=500, verbose=0)
    return float((scores.argmax(axis=1) == images.labels).mean())


def seed_row(seed: int, folder: Path, images) -> dict:
    """Train from one seed in the three ways; compare and judge."""
    row, last = {"seed": seed}, {}
    for way, (workers, kill) in WAYS.items():
        job = job_of(folder / f"{way}-{seed}", workers=workers, epochs=6, seed=seed)
        told = launch.train(job, kill)
        last[way] = launch.checkpoints(job)[-1]
        row[way] = {
            "attempts": len(told),
            "noticed": told[0]["seconds"],
            "losses": [r["loss"] for attempt in told for r in attempt["rows"]],
            "accuracy": round(accuracy(last[way], images), 4),
        }
    row["gap"] = {
        "one, two": gap(last["one"], last["two"]),
        "two, killed": gap(last["two"], last["killed"]),
    }
    print(row, flush=True)
    return row


def one_step(folder: Path) -> float:
    """Return how far one step of one worker and of two lead apart."""
    last = []
    for workers in (1, 2):
        job = job_of(folder / f"step-{workers}", workers=workers, photos=128, epochs=1)
        launch.train(job, attempts=1)
        last += launch.checkpoints(job)
    return gap(*last)


def sent() -> int:
    """Count the bytes that the loopback network has carried; 0 where unknown."""
    table = Path("/proc/net/dev")
    lines = table.read_text().splitlines() if table.is_file() else []
    carried = [line.split()[9] for line in lines if line.split()[0] == "lo:"]
    return int(carried[0]) if carried else 0


def timed(job: launch.Job) -> dict:
    """Train and return the seconds of a step after the first epoch, and bytes sent."""
    before = sent()
    (told,) = launch.train(job, attempts=1)
    steps = job.photos // job.batch
    return {
        "step_seconds": median(row["seconds"] for row in told["rows"][1:]) / steps,
        "bytes": round((sent() - before) / steps / job.epochs / job.workers),
    }


def speed(folder: Path) -> dict:
    """Time one and two workers in turns; return medians over the rounds."""
    one = job_of(folder, batch=256, epochs=3)
    two = replace(one, workers=2)
    ways = {
        "one": one,
        "two, same batch": two,
        "two, twice the batch": replace(two, photos=4096, batch=512),
        "two, one slow": replace(two, slow=SLOW),
        "one, plain": replace(one, normalization=0.0),
        "two, plain": replace(two, normalization=0.0),
    }
    rows = {name: [] for name in ways}
    for turn in range(ROUNDS):
        for number, (name, job) in enumerate(ways.items()):
            where = str(folder / f"speed-{turn}-{number}")
            rows[name].append(timed(replace(job, folder=where)))
            print(name, rows[name][-1], flush=True)
    return {
        name: {
            "batch": ways[name].batch,
            "step_seconds": [round(r["step_seconds"], 4) for r in found],
            "bytes": median(r["bytes"] for r in found),
        }
        for name, found in rows.items()
    }


def frozen(folder: Path) -> float:
    """Stop a worker without ending it; return the seconds until the other gave up.

    Raises RuntimeError where it did not.
    """
    job = job_of(folder / "frozen", workers=2, epochs=1000)
    Path(job.folder).mkdir()

    def freeze(team):
        if not launch.checkpoints(job):
            return False
        os.kill(team[1].pid, signal.SIGSTOP)
        return True

    team = launch.start(job, Path(job.folder) / "log")
    codes, seconds = launch.watch(team, freeze, patience=0, limit=600)
    if codes[0] in (0, -signal.SIGKILL):
        raise RuntimeError(f"the other one did not give up by itself: {codes}")
    return seconds


def main() -> None:
    """Measure everything and write it, where each worker can have a core."""
    if not hasattr(os, "sched_getaffinity"):
        sys.exit("This measures workers that are kept to a core each: it needs Linux.")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("This measures two workers and needs two cores.")
    images = data.load_images("cifar10").validation
    model = experiments.build(experiments.NORMALIZED, images.images.shape[1:])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        results = {
            "data": "CIFAR-10, evaluated on the 5,000 validation images",
            "machine": f"{machine()}; trained by Keras on JAX, one core a worker",
            "parameters": sum(int(np.prod(w.shape)) for w in model.trainable_variables),
            "slow": SLOW,
            "seeds": [seed_row(seed, folder, images) for seed in range(SEEDS)],
            "one step": one_step(folder),
            "speed": speed(folder),
            "frozen": frozen(folder),
        }
    write(RESULTS, results)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and no worker is left
    run_program(main)
