"""One turn of `make bench`: a baseline's epoch or a preset's run, each in its file."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks import baselines
from benchmarks.common import forward_flop, matrix_rate, measured, whole
from benchmarks.pools import pool
from benchmarks.record import read, write
from helpers import data, models
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import resume
from helpers.training.presets import PRESETS, Recipe

WORK = Path(__file__).parents[1] / "build" / "bench"
BASELINES = {
    "classic": (baselines.build_classic, baselines.classic_batches, 15),
    "tutorial": (baselines.build_tutorial, baselines.tutorial_batches, 10),
}
TRACED = {}  # the baselines' models, so that only their first epoch pays for tracing
OTHER = " in bfloat16"  # behind a preset's name: its runs in that type


def baseline_epoch(name: str, epoch: int, train: Images, test: Images) -> None:
    """Train one more epoch of an opponent, unless it is done."""
    build, batches, _ = BASELINES[name]
    keras.utils.set_random_seed(0)
    if name not in TRACED:
        TRACED[name] = build(), batches(train)
    rows = resume.fit(
        *TRACED[name],
        epoch + 1,
        validation=(test.images, keras.utils.to_categorical(test.labels, 10)),
        progress=WORK / f"{name}.npz",
        resume=True,
        bar=False,
    )
    if len(rows) <= epoch:
        sys.exit("interrupted; the next call goes on from here")


def preset_file(name: str, seed: int | str) -> Path:
    """Name the file of a preset's run."""
    kind = "bfloat16" if name.endswith(OTHER) else "preset"
    return WORK / f"{kind}_{name.removesuffix(OTHER).removesuffix(' %')}_{seed}.json"


def preset_row(name: str, seed: int) -> dict:
    """Do one run of a preset, and a matrix product before and after it."""
    images = data.load_images("cifar10")
    precision = "bfloat16" if name.endswith(OTHER) else "float32"
    rate = matrix_rate(precision=precision)
    recipe, train = PRESETS[name.removesuffix(OTHER)], whole(images)
    row = measured(recipe, train, images.test, seed, precision=precision)[1]
    rate += matrix_rate(precision=precision)
    print(name, seed, row["accuracy"], row["seconds"], "s", flush=True)
    return row | {"matrix_gflops": round(rate / 2)}


def preset_run(name: str, seed: int) -> None:
    """Do one run of a preset and store it."""
    write(preset_file(name, seed), preset_row(name, seed))


def finished(name: str, seed: int) -> bool:
    """Tell whether a run is done; ValueError where it is one of another recipe."""
    file = preset_file(name, seed)
    if not file.is_file():
        return False
    see_that_it_is(PRESETS[name.removesuffix(OTHER)], read(file), file)
    return True


def see_that_it_is(recipe: Recipe, row: dict, file: Path) -> None:
    """Raise ValueError where a stored run is one of another recipe."""
    if row.get("recipe") != json.loads(json.dumps(asdict(recipe))):
        raise ValueError(f"{file.name} is a run of another recipe: move it away")


def run_apart(name: str, seed: int, run=preset_run) -> dict | None:
    """Do one run of a preset in a process of its own, whose peak memory it is."""
    with pool(1) as apart:
        return apart.submit(run, name, seed).result()


def torch_run(python: str, train: Images, test: Images) -> None:
    """Run the published recipe in PyTorch, in its environment, unless it is done."""
    target, arrays = WORK / "torch.json", WORK / "arrays.npz"
    if target.is_file():
        return
    program = Path(__file__).with_name("torch_reference.py")
    command = [python, str(program), str(arrays)]
    try:
        np.savez(
            arrays,
            train_images=train.images,
            train_labels=train.labels,
            test_images=test.images,
            test_labels=test.labels,
        )
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    finally:
        arrays.unlink(missing_ok=True)
    row = json.loads(done.stdout)
    forward = forward_flop(models.build_fast_cnn(widths=tuple(row["widths"])), 32)
    row["pflop"] = round(3 * len(train.labels) * row["epochs"] * forward / 1e15, 4)
    row["gflops"] = round(row["pflop"] * 1e6 / row["seconds"])
    write(target, row)
