"""A preset in float32 and in bfloat16, one right after the other: `make precisions`.

`make precisions PRESET="90 %" SEEDS=3` does the pairs of runs that are not done yet,
as `make bench` does its runs: trained on the 50,000 training images, judged on the test
images. Each pair is a file in benchmarks/results/precisions and says on which machine
it was measured, so a call goes on where the last one stopped, on whatever day; stopped
within a pair, it does both again. What is compared is compared within a pair.
precisions.json sums them up; without PRESET that is all that is done, and printed.
"""

import sys
from pathlib import Path
from statistics import median

from benchmarks import bench_runs
from benchmarks.bench_runs import OTHER, see_that_it_is
from benchmarks.record import machine, read, run_program, seeds, write
from helpers import files, results
from helpers.training import bfloat16
from helpers.training.presets import PRESETS

PAIRS = results.FOLDER / "precisions"
NAMES = dict(zip(bfloat16.PRECISIONS, ("", OTHER), strict=True))
COMMON = "accuracy", "seconds", "view_seconds", "gflops", "matrix_gflops"


def path(preset: str, seed: int | str) -> Path:
    """Name the file of a pair of runs."""
    return PAIRS / f"{preset.removesuffix(' %')}_seed{seed}.json"


def pair(preset: str, seed: int) -> None:
    """Do both runs of a seed, each in a process of its own, unless they are done."""
    file = path(preset, seed)
    if file.is_file():
        see_that_it_is(PRESETS[preset], read(file).get("float32", {}), file)
        return
    found = {"preset": preset, "seed": seed, "machine": machine()}
    for precision, end in NAMES.items():
        run = bench_runs.run_apart(preset + end, seed, bench_runs.preset_row)
        found[precision] = run
    write(file, found)


def summary() -> dict[str, dict]:
    """Sum up the finished pairs of each preset: medians, and the ratio of each pair."""
    sums = {}
    for preset, recipe in PRESETS.items():
        pairs = [read(file) for file in sorted(PAIRS.glob(path(preset, "*").name))]
        if pairs:
            sums[preset] = {
                precision: _summed([one[precision] for one in pairs], recipe.views)
                for precision in NAMES
            } | {
                "ratios": [_ratio(one, recipe.views) for one in pairs],
                "machines": sorted({one["machine"] for one in pairs}),
            }
    return sums


def _seconds(run: dict, views: int) -> float:
    """Return what a run took to train, and to judge 10,000 images with its views."""
    return run["seconds"] + views * run["view_seconds"]


def _ratio(one: dict, views: int) -> float:
    """Divide a pair's seconds: above 1 where bfloat16 takes less."""
    return round(_seconds(one["float32"], views) / _seconds(one["bfloat16"], views), 2)


def _summed(runs: list[dict], views: int) -> dict:
    """Sum up the runs of one precision."""
    rows = [run | {"accuracy": run["accuracy"][str(views)]} for run in runs]
    row = {key: median(run[key] for run in rows) for key in COMMON}
    return row | {
        "seeds": len(runs),
        "total_seconds": round(median(_seconds(run, views) for run in runs), 1),
        "accuracies": [run["accuracy"] for run in rows],
        "share": round(median(run["gflops"] / run["matrix_gflops"] for run in runs), 2),
        "peak_memory_gb": max(run["peak_memory_gb"] for run in runs),
    }


def table(sums: dict[str, dict]) -> str:
    """Lay out what was summed up, a line for each preset and precision."""
    lines = []
    for preset, row in sums.items():
        for precision in NAMES:
            one = row[precision]
            lines.append(
                f"{preset} {precision:8} {one['accuracy']:.2%} "
                f"({min(one['accuracies']):.2%} to {max(one['accuracies']):.2%}), "
                f"seeds: {one['seeds']}, {one['total_seconds']:.0f} s, "
                f"{one['gflops']:.0f} GFLOP/s, {one['share']:.0%} of a matrix product, "
                f"{one['peak_memory_gb']:.1f} GB"
            )
        said = ", ".join(map(str, row["ratios"]))
        lines.append(f"{preset} float32 / bfloat16, pair by pair: {said}")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Measure the pairs of the named preset, sum up all, print."""
    if arguments:
        preset, numbers = arguments[0], seeds(arguments[1:], 3)
        if preset not in PRESETS:
            sys.exit(f"{preset} is no PRESET: take one of {', '.join(PRESETS)}")
        if reason := bfloat16.why_not():
            sys.exit(f"nothing to measure in bfloat16: {reason}")
        PAIRS.mkdir(exist_ok=True)
        with files.alone(PAIRS / "pairs"):
            for seed in numbers:
                pair(preset, seed)
    sums = summary()
    write(PAIRS.with_suffix(".json"), {"presets": sums})
    print(table(sums))


if __name__ == "__main__":
    run_program(main, sys.argv[1:])
