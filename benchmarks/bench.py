"""Time our presets against the classic network, side by side: `make bench`.

In one run on one machine, all trained on the 50,000 training images and judged on the
test images: the classic network (15 epochs), TensorFlow's tutorial CNN (10 epochs) and
the "84 %" preset from five seeds, their epochs and runs taking turns, so that whatever
else the machine does hits all alike. `make bench-full` adds the other presets and the
published recipe in PyTorch. Every finished epoch and run is stored under build/bench,
so a stopped call goes on; delete that folder to measure anew. PRECISION=bfloat16 does
each run of a preset in bfloat16 too, one after the other. The result is
build/bench/bench.json and bench.png; that of `make bench-full`, which the README and
notebook 14 read, is in benchmarks/results.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import baselines, report
from benchmarks.common import (
    forward_flop,
    machine,
    matrix_rate,
    measured,
    pool,
    whole,
    write,
)
from helpers import data, models, results
from helpers.data import Images
from helpers.quiet import keras
from helpers.training import bfloat16, checkpoint, resume
from helpers.training.presets import PRESETS

WORK = Path(__file__).parents[1] / "build" / "bench"
RESULTS = results.FOLDER / "bench.json"
LEVEL = 0.84
BASELINES = {
    "classic": (baselines.build_classic, baselines.classic_batches, 15),
    "tutorial": (baselines.build_tutorial, baselines.tutorial_batches, 10),
}
TRACED = {}  # the baselines' models, so that only their first epoch pays for tracing
QUICK = {"84 %": 5}
FULL = {"84 %": 5, "90 %": 5, "93 %": 5, "94 %": 3}
OTHER = " in bfloat16"  # behind a preset's name: its runs in that type


def turns(seeds: dict[str, int]) -> list[tuple]:
    """Order all work: epochs of the baselines, our runs spread evenly between them."""
    theirs = [("classic", epoch) for epoch in range(15)]
    for epoch in range(10):
        theirs.insert(2 * epoch + 1, ("tutorial", epoch))
    ours = [(name, seed) for name, count in seeds.items() for seed in range(count)]
    ours.sort(
        key=lambda turn: (list(seeds).index(turn[0].removesuffix(OTHER)), turn[1])
    )
    order = list(theirs)
    for number, turn in enumerate(ours):
        place = (number + 1) * len(theirs) // (len(ours) + 1) + number
        order.insert(place, turn)
    return order


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


def preset_run(name: str, seed: int) -> None:
    """Do one run of a preset and store it."""
    images = data.load_images("cifar10")
    precision = "bfloat16" if name.endswith(OTHER) else "float32"
    rate = matrix_rate(precision=precision)
    recipe, train = PRESETS[name.removesuffix(OTHER)], whole(images)
    row = measured(recipe, train, images.test, seed, precision=precision)[1]
    rate += matrix_rate(precision=precision)
    row["matrix_gflops"] = round(rate / 2)
    write(preset_file(name, seed), row)
    print(name, seed, row["accuracy"], row["seconds"], "s", flush=True)


def finished(name: str, seed: int) -> bool:
    """Tell whether a run is done; ValueError where it is one of another recipe."""
    file = preset_file(name, seed)
    if not file.is_file():
        return False
    recipe = json.loads(json.dumps(asdict(PRESETS[name.removesuffix(OTHER)])))
    if json.loads(file.read_text())["recipe"] != recipe:
        raise ValueError(f"{file.name} is a run of another recipe: move it away")
    return True


def run_apart(name: str, seed: int) -> None:
    """Do one run of a preset in a process of its own, whose peak memory it is."""
    with pool(1) as apart:
        apart.submit(preset_run, name, seed).result()


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


def baseline_row(name: str, train_size: int) -> dict:
    """Read what an opponent did: accuracy and seconds epoch by epoch."""
    build, _, epochs = BASELINES[name]
    model = build()
    rows = checkpoint.restore(model, WORK / f"{name}.npz")
    accuracy = [round(row["val_accuracy"], 4) for row in rows]
    passed = [epoch for epoch, value in enumerate(accuracy) if value >= LEVEL]
    seconds = [row["seconds"] for row in rows]
    used = passed[0] + 1 if passed else len(rows)
    pflop = 3 * train_size * len(rows) * forward_flop(model, 32) / 1e15
    return {
        "epochs": len(rows),
        "parameters": model.count_params(),
        "accuracy": accuracy,
        "epoch_seconds": seconds,
        "reaches_level": bool(passed),
        "seconds_to_level": round(sum(seconds[:used]), 1),
        "seconds": round(sum(seconds), 1),
        "pflop": round(pflop, 4),
        "gflops": round(pflop * 1e6 / sum(seconds)),
    }


def preset_row(name: str) -> dict:
    """Sum up the runs of a preset: medians, and each run by itself."""
    files = sorted(WORK.glob(preset_file(name, "*").name))
    runs = [json.loads(file.read_text()) for file in files]
    views = str(PRESETS[name.removesuffix(OTHER)].views)
    keys = ("seed", "accuracy", "seconds", "cpu_seconds", "view_seconds", "gflops")
    keys += ("matrix_gflops", "peak_memory_gb", "date")
    view_seconds = median(run["view_seconds"] for run in runs) * int(views)
    return {
        "recipe": runs[0]["recipe"],
        "parameters": runs[0]["parameters"],
        "pflop": runs[0]["pflop"],
        "views": int(views),
        "accuracy": median(run["accuracy"][views] for run in runs),
        "seconds": median(run["seconds"] for run in runs),
        "view_seconds": round(view_seconds, 1),
        "gflops": median(run["gflops"] for run in runs),
        "matrix_gflops": median(run["matrix_gflops"] for run in runs),
        "peak_memory_gb": max(run["peak_memory_gb"] for run in runs),
        "runs": [{key: run[key] for key in keys} for run in runs],
    }


def collect(seeds: dict[str, int], train_size: int) -> dict:
    """Put everything together."""
    results = {
        "level": LEVEL,
        "data": f"CIFAR-10, {train_size:,} training images, judged on the test images",
        "baselines": {name: baseline_row(name, train_size) for name in BASELINES},
        "presets": {name: preset_row(name) for name in seeds if name in PRESETS},
        "machine": machine(),
    }
    if (reference := WORK / "torch.json").is_file():
        results["torch"] = json.loads(reference.read_text())
    results["ratio"] = ratio(results, results["presets"]["84 %"])
    if others := [name for name in seeds if name.endswith(OTHER)]:
        rows = {name.removesuffix(OTHER): preset_row(name) for name in others}
        results["bfloat16"] = {"presets": rows, "ratio": ratio(results, rows["84 %"])}
    return results


def ratio(results: dict, ours: dict) -> float:
    """Divide the classic network's seconds to the level by ours, views included."""
    classic = results["baselines"]["classic"]["seconds_to_level"]
    return round(classic / (ours["seconds"] + ours["view_seconds"]), 1)


def main(arguments: list[str]) -> None:
    """Measure, write JSON and figure, print the table; the last line is the ratio."""
    full, both = "full" in arguments, "bfloat16" in arguments
    seeds = FULL if full else QUICK
    pythons = [word for word in arguments if "/" in word]
    for word in {*arguments} - {"full", *bfloat16.PRECISIONS, *pythons}:
        sys.exit(f"{word} is no PRECISION: take float32 or bfloat16")
    if both and (reason := bfloat16.why_not()):
        sys.exit(f"nothing to measure in bfloat16: {reason}")
    if both:
        seeds = seeds | {name + OTHER: count for name, count in seeds.items()}
    WORK.mkdir(parents=True, exist_ok=True)
    images = data.load_images("cifar10")
    train = whole(images)
    for name, number in turns(seeds):
        if name in BASELINES:
            baseline_epoch(name, number, train, images.test)
        elif not finished(name, number):
            run_apart(name, number)
    for python in pythons:
        torch_run(python, train, images.test)
    results = collect(seeds, len(train.labels))
    target = RESULTS if full else WORK / RESULTS.name
    write(target, results)
    report.draw(results, target.with_suffix(".png"))
    print(report.table(results))
    if not results["baselines"]["classic"]["reaches_level"]:
        print(f"classic did not reach {LEVEL:.0%}: its whole 15 epochs are counted")
    print(results["machine"])
    for kind in ("bfloat16", "float32") if both else ("float32",):
        found = results["bfloat16"] if kind == "bfloat16" else results
        rates = [row["matrix_gflops"] for row in found["presets"].values()]
        print(f"matrix product, {kind}: {median(rates):.0f} GFLOP/s")
        said = f" in {kind}" if both else ""
        print(f"time to {LEVEL:.0%}, classic / ours{said}: {found['ratio']}")


if __name__ == "__main__":
    main(sys.argv[1:])
