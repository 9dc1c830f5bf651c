"""Search for the fastest way to an accuracy: `make search`.

Every run trains on the 45,000 training images and is judged on the 5,000 validation
images; the test set is not read. Each finished run is a file in
benchmarks/results/runs, so a call goes on where the last one stopped, on whatever day;
search.json sums them up. Without the name of a grid it only does that and prints it.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean, median, stdev

from benchmarks.common import matrix_rate, measured
from benchmarks.record import machine, read, run_program, seeds, write
from helpers import data, files, models, results
from helpers.training import resume
from helpers.training.presets import PRESETS

RUNS = results.FOLDER / "runs"
MODELS = Path(__file__).parents[1] / "build" / "search"

# from a plain network to the "84 %" recipe, one part at a time
FAST = PRESETS["84 %"]
PLAIN = replace(
    FAST,
    sizes=(),
    whitening=False,
    identity=False,
    bias_factor=1.0,
    smoothing=0.0,
    muon=0.0,
    flip="random",
)
ABLATION = {}


def rung(name: str, **change) -> None:
    """Add the next rung: the last one with one change more."""
    last = list(ABLATION.values())[-1] if ABLATION else PLAIN
    ABLATION[name] = replace(last, **change)


rung("plain")
rung("whitening", whitening=True)
rung("identity", identity=True)
rung("bias rate", bias_factor=64.0)
rung("label smoothing", smoothing=0.2)
rung("alternating flip", flip="alternating")
rung("Muon", muon=0.1)
rung("small images first", sizes=FAST.sizes)

# what each part is worth where all others are in
WITHOUT = {
    "without whitening": replace(FAST, whitening=False),
    "without identity": replace(FAST, identity=False),
    "without bias rate": replace(FAST, bias_factor=1.0),
    "without label smoothing": replace(FAST, smoothing=0.0),
    "without alternating flip": replace(FAST, flip="random"),
    "without shifts": replace(FAST, shift=0),
    "without Muon": replace(FAST, muon=0.0),
    "without small images": replace(FAST, sizes=()),
    "with lookahead": replace(FAST, lookahead=True),
    "with GELU": replace(FAST, activation="gelu"),
}
# narrow for longer, or wide? And, from the "93 %" preset, fewer and more epochs
STRONG = PRESETS["93 %"]
SHAPES = {
    "48-128-176 for 12": replace(
        FAST, widths=(48, 128, 176), epochs=12, sizes=(24,) * 2, views=6
    ),
    "64-192-256 for 8": replace(STRONG, widths=(64, 192, 256), sizes=(24,) * 4),
    "64-256-256 for 7": replace(STRONG, epochs=7, sizes=(24,) * 5),
    "64-256-256 for 8": STRONG,
    "64-256-256 for 13": replace(STRONG, epochs=13, sizes=(24,) * 4, views=6),
}
# longer than 8 epochs the "93 %" recipe memorizes its images: does Cutout help?
HOLES = {
    "93 with holes of 8": replace(STRONG, cutout=8, views=6),
    "11 epochs with holes of 8": replace(
        STRONG, epochs=11, sizes=(24,) * 4, cutout=8, views=6
    ),
    "11 with holes and GELU": replace(
        STRONG, epochs=11, sizes=(24,) * 2, cutout=8, activation="gelu", views=6
    ),
}
GRIDS = {
    "shapes": SHAPES,
    "holes": HOLES,
    "presets": {name.replace(" %", ""): recipe for name, recipe in PRESETS.items()},
    "ablation": ABLATION,
    "without": WITHOUT,
}


def path(grid: str, name: str, seed: int) -> Path:
    """Name the file of a run."""
    return RUNS / f"{grid}_{name.replace(' ', '-')}_seed{seed}.json"


def run(grid: str, name: str, seed: int, images: data.ImageData) -> dict:
    """Do one run, unless it is done; keep its model under build/search."""
    target = path(grid, name, seed)
    if target.is_file():
        row = read(target)
        recipe = json.loads(json.dumps(asdict(GRIDS[grid][name])))
        if any(recipe.get(key) != value for key, value in row["recipe"].items()):
            raise ValueError(f"{target.name} is a run of another recipe: move it away")
        return row
    model, row = measured(GRIDS[grid][name], images.train, images.validation, seed)
    row |= {"matrix_gflops": round(matrix_rate()), "machine": machine()}
    models.save(resume.uncompiled(model), MODELS / f"{target.stem}.keras")
    write(target, {"grid": grid, "name": name, **row})
    print(f"{target.stem}: {row['accuracy']} in {row['seconds']} s", flush=True)
    return row


def search(grid: str, numbers: range) -> None:
    """Do the runs of a grid that are not done yet, one seed of all before the next."""
    images = data.load_images("cifar10")
    MODELS.mkdir(parents=True, exist_ok=True)
    with files.alone(MODELS / "search"):
        for seed in numbers:
            for name in GRIDS[grid]:
                run(grid, name, seed, images)


def summary(grid: str) -> list[dict]:
    """Sum up the finished runs of a grid over their seeds, in the order of the grid."""
    rows = []
    for name in GRIDS[grid]:
        files = sorted(RUNS.glob(path(grid, name, 0).name.replace("seed0", "seed*")))
        runs = [read(file) for file in files]
        if runs:
            rows.append({"name": name, "seeds": len(runs), **_summed(runs)})
    return rows


def _summed(runs: list[dict]) -> dict:
    """Sum up runs of one recipe: mean and spread of accuracy, medians of the rest."""
    summed = {"runs": [run["accuracy"]["1"] for run in runs]}
    for views in ("1", "2", "6"):
        values = [run["accuracy"][views] for run in runs]
        summed[f"accuracy_{views}"] = round(mean(values), 4)
        summed[f"spread_{views}"] = round(stdev(values), 4) if len(values) > 1 else None
    summed["train_accuracy"] = round(mean(r["train_accuracy"][-1] for r in runs), 4)
    for key in ("seconds", "cpu_seconds", "view_seconds", "pflop", "gflops"):
        summed[key] = median(run[key] for run in runs)
    return summed


def main(arguments: list[str]) -> None:
    """Search the named grid over so many seeds, or print all there is."""
    if arguments:
        if arguments[0] not in GRIDS:
            raise ValueError(f"no GRID {arguments[0]!r}; there are: {', '.join(GRIDS)}")
        search(arguments[0], seeds(arguments[1:], 1))
    sums = {grid: summary(grid) for grid in GRIDS}
    write(RUNS.with_name("search.json"), {**sums, "machine": machine()})
    for grid, rows in sums.items():
        for row in rows:
            print(grid, _line(row))


def _line(row: dict) -> str:
    """Write a summed row in one line."""
    accuracy = "  ".join(
        f"{views} view{'s' * (views > 1)} {row[f'accuracy_{views}']:.2%}"
        for views in (1, 2, 6)
    )
    return (
        f"{row['name']}: {row['seeds']} seeds  {accuracy} (spread {row['spread_1']})  "
        f"{row['seconds']:.0f} s  {row['pflop']:.4f} PFLOP  {row['gflops']} GFLOP/s"
    )


if __name__ == "__main__":
    run_program(main, sys.argv[1:])
