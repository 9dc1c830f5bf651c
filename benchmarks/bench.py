"""Time our presets against the classic network, side by side: `make bench`.

In one run on one machine, all trained on the 50,000 training images and judged on the
test images: the classic network (15 epochs), TensorFlow's tutorial CNN (10 epochs) and
the "84 %" preset from five seeds, their epochs and runs taking turns, so that whatever
else the machine does hits all alike. `make bench-full` adds the other presets and the
published recipe in PyTorch. Every finished epoch and run is stored under build/bench,
so a stopped call goes on; delete that folder to measure anew. The result is
build/bench/bench.json and bench.png; that of `make bench-full`, which the README and
notebook 14 read, is in benchmarks/results. PRECISION=bfloat16 does each run of a preset
in bfloat16 too, one after the other; notebook 14 reads that from results/bfloat16.json.
"""

import sys
from statistics import median

from benchmarks import bench_runs, report
from benchmarks.bench_runs import BASELINES, OTHER
from benchmarks.common import forward_flop, whole
from benchmarks.record import machine, read, run_program, write
from helpers import data, results
from helpers.training import bfloat16, checkpoint
from helpers.training.presets import PRESETS

RESULTS = results.FOLDER / "bench.json"
BOTH = results.FOLDER / "bfloat16.json"
LEVEL = 0.84
QUICK = {"84 %": 5}
FULL = {"84 %": 5, "90 %": 5, "93 %": 5, "94 %": 3}


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


def baseline_row(name: str, train_size: int) -> dict:
    """Read what an opponent did: accuracy and seconds epoch by epoch."""
    build, _, epochs = BASELINES[name]
    model = build()
    rows = checkpoint.restore(model, bench_runs.WORK / f"{name}.npz")
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
    files = sorted(bench_runs.WORK.glob(bench_runs.preset_file(name, "*").name))
    runs = [read(file) for file in files]
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
        "data": f"CIFAR-10, {train_size:,} training images, "
        "evaluated on the test images",
        "baselines": {name: baseline_row(name, train_size) for name in BASELINES},
        "presets": {name: preset_row(name) for name in seeds if name in PRESETS},
        "machine": machine(),
    }
    if (reference := bench_runs.WORK / "torch.json").is_file():
        results["torch"] = read(reference)
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
    bench_runs.WORK.mkdir(parents=True, exist_ok=True)
    images = data.load_images("cifar10")
    train = whole(images)
    for name, number in turns(seeds):
        if name in BASELINES:
            bench_runs.baseline_epoch(name, number, train, images.test)
        elif not bench_runs.finished(name, number):
            bench_runs.run_apart(name, number)
    for python in pythons:
        bench_runs.torch_run(python, train, images.test)
    results = collect(seeds, len(train.labels))
    target = RESULTS if full else bench_runs.WORK / RESULTS.name
    write(target, results)
    if both and not full:
        write(BOTH, results)
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
    run_program(main, sys.argv[1:])
