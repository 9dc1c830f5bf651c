"""Do the runs that notebooks 12, 13, 15 and 18 compare: `make experiments`.

A run of 12 trains on a few images of CIFAR-10's training split and is judged on 4,000
validation images; the other 1,000 draw its curve and stop it early. A run of 13 is like
it, but that with folds the fold left out takes the place of those 1,000. A run of 15
trains on eight classes, then in several ways on a few images of the other two. One of
18 has a batch size and a rate of its own. There are as many runs at a time as there are
cores, each on one. A finished run is a file under build/experiments, so a stopped call
goes on; the sum of all is benchmarks/results/experiments.json. A test holds that file
to the settings below: change one, and run again.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain, product
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from benchmarks.common import machine, write
from helpers import data, experiments, models, results
from helpers.data import Images
from helpers.experiments import Settings, change, transfer, tuning
from helpers.quiet import keras
from helpers.training import parts, presets, resume

WORK = Path(__file__).parents[1] / "build" / "experiments"
RESULTS = results.FOLDER / "experiments.json"


@dataclass(frozen=True)
class Transfer:
    """What notebook 15 compares: new classes, images of each, rates of fine-tuning."""

    classes: tuple[int, int] = (4, 7)
    counts: tuple[int, ...] = (20, 100, 500)
    rates: tuple[float, ...] = (0.0001, 0.001)
    scratch_rate: float = 0.001
    scratch_steps: int = 600  # as many as the head and fine-tuning have together
    head_rate: float = 0.003


@dataclass(frozen=True)
class Shuffled:
    """A run on images whose pixels change places, the same in all images, or not."""

    settings: Settings
    shuffled: bool


@dataclass(frozen=True)
class Folds:
    """Runs of cross-validation: as many as folds times repeats, one a seed."""

    settings: Settings
    folds: int = 5
    repeats: int = 2


@dataclass(frozen=True)
class Batch:
    """A run by SGD with momentum: the rate rises for `warmup` epochs, then sinks."""

    batch_size: int
    rate: float
    warmup: int = 0
    epochs: int = 8


def one_run(settings: Settings, count: int, seed: int) -> dict:
    """Train on `count` images, drawn class by class with the seed."""
    train, stop, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    return experiments.run(settings, few, stop, judge, seed)


def shuffled_run(settings: Shuffled, count: int, seed: int) -> dict:
    """Train as `one_run` does, on images whose pixels have other places."""
    train, stop, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    if settings.shuffled:
        few, stop, judge = (tuning.shuffle(part, seed) for part in (few, stop, judge))
    return experiments.run(settings.settings, few, stop, judge, seed)


def fold_run(settings: Folds, count: int, seed: int) -> dict:
    """Train on all folds but one, which draws the curve; the same for all settings."""
    train, _, judge = image_parts()
    few = data.split(*train, count, seed=0)[1]
    pairs = tuning.folds(few.labels, settings.folds, settings.repeats, seed=0)
    learned, held_out = (
        Images(few.images[at], few.labels[at]) for at in list(pairs)[seed]
    )
    return experiments.run(settings.settings, learned, held_out, judge, seed)


def batch_run(settings: Batch, count: int, seed: int) -> dict:
    """Train with batch normalization on whole batches only; judge at the end."""
    train, _, judge = image_parts()
    few = data.split(*train, count, seed)[1]
    steps = count // settings.batch_size
    rate = keras.optimizers.schedules.CosineDecay(
        0.0 if settings.warmup else settings.rate,
        (settings.epochs - settings.warmup) * steps,
        warmup_target=settings.rate if settings.warmup else None,
        warmup_steps=settings.warmup * steps,
    )
    keras.utils.set_random_seed(seed)
    model = experiments.build(experiments.NORMALIZED)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    random = np.random.default_rng(seed)
    for _ in range(settings.epochs):
        order = random.permutation(count)[: steps * settings.batch_size]
        model.fit(
            few.images[order],
            few.labels[order],
            batch_size=settings.batch_size,
            shuffle=False,
            verbose=0,
        )
    loss, accuracy = model.evaluate(*judge, batch_size=500, verbose=0)
    steps *= settings.epochs
    return {"accuracy": round(accuracy, 4), "loss": round(loss, 4), "steps": steps}


def transfer_run(settings: Transfer, count: int, seed: int) -> dict:
    """Train on the other classes, then on few images of these, in every way."""
    images = data.load_images("cifar10")
    old = [c for c in range(10) if c not in settings.classes]
    source, recipe = transfer.only(images.train, old), presets.PRESETS["84 %"]
    keras.utils.set_random_seed(seed)
    model = presets.build(recipe, source, len(old))
    batches = presets.batches(recipe, source, len(old), seed)
    resume.fit(model, batches, recipe.epochs, bar=False)
    checked = transfer.only(images.validation, old)
    row = {"old classes": transfer.accuracy(model, checked), "accuracy": {}}
    row["old classes after"] = {}
    new = transfer.only(images.train, settings.classes)
    judge = transfer.only(images.validation, settings.classes)
    for each in settings.counts:
        few = data.split(*new, 2 * each, seed)[1]
        fresh = models.build_fast_cnn(judge.images.shape[1:], 2, recipe.widths)
        parts.whiten(fresh, few.images)
        transfer.tune(fresh, few, settings.scratch_rate, settings.scratch_steps)
        ways = chain([("from scratch", fresh)], on_features(settings, model, few))
        for way, tuned in ways:  # each is judged before the next one trains
            value = round(transfer.accuracy(tuned, judge), 4)
            row["accuracy"].setdefault(way, []).append(value)
            old = round(transfer.accuracy(model, checked), 4)
            row["old classes after"].setdefault(way, []).append(old)
    return row


def on_features(settings: Transfer, model, few):
    """Yield a head on the frozen body of `model`, then fine-tuned at each rate.

    The body is the model's own; it is as before in the end.
    """
    body, kept = transfer.body(model), model.get_weights()
    transfer.freeze(body)
    tuned = transfer.tune(transfer.with_head(body), few, settings.head_rate)
    yield "frozen", tuned
    head = tuned.layers[-1].get_weights()
    transfer.freeze(body, keras.layers.BatchNormalization)
    for rate in settings.rates:
        model.set_weights(kept)
        tuned.layers[-1].set_weights(head)
        yield f"fine-tuned, {rate:g}", transfer.tune(tuned, few, rate)
    model.set_weights(kept)


def run_summary(runs: list[dict]) -> dict:
    """Sum up runs of the same settings from several seeds."""
    lines = {}
    for measure in runs[0]["history"]:
        epochs = zip(*(run["history"][measure] for run in runs), strict=False)
        lines[measure] = [round(fmean(values), 3) for values in epochs]
    return {
        "parameters": runs[0]["parameters"],
        **{key: [run[key] for run in runs] for key in ("accuracy", "loss")},
        "train_accuracy": [run["history"]["accuracy"][-1] for run in runs],
        "epochs": [len(run["history"]["loss"]) for run in runs],
        "seconds": median(run["seconds"] for run in runs),
        "history": lines,  # means, as far as all runs go
    }


def curves_summary(runs: list[dict]) -> dict:
    """Sum up runs and keep every run's curve, by which other runs could be stopped."""
    curves = [run["history"]["val_accuracy"] for run in runs]
    keys = "parameters", "accuracy", "loss", "seconds"
    return {**{k: run_summary(runs)[k] for k in keys}, "val_accuracy": curves}


def fold_summary(runs: list[dict]) -> dict:
    """Sum up runs of cross-validation: judged by the fold left out, and by others."""
    folds = [run["history"]["val_accuracy"][-1] for run in runs]
    return {"fold accuracy": folds, "accuracy": [run["accuracy"] for run in runs]}


def batch_summary(runs: list[dict]) -> dict:
    """Sum up runs of one batch size and rate."""
    accuracy = [run["accuracy"] for run in runs]
    return {"steps": runs[0]["steps"], "accuracy": accuracy}


def transfer_summary(runs: list[dict]) -> dict:
    """Put the runs side by side: `{way: one list a seed, one accuracy a count}`."""
    keys = "accuracy", "old classes after"
    sums = {k: {way: [run[k][way] for run in runs] for way in runs[0][k]} for k in keys}
    return {"old classes": [run["old classes"] for run in runs], **sums}


class Study(NamedTuple):
    """Settings to compare, each from the same seeds on the same images."""

    settings: dict
    seeds: int
    images: int  # to train on
    run: Callable = one_run
    summary: Callable = run_summary


NONE = Settings()
BEST_THREE = change(NONE, batch_normalization=0.9, shift=0.1, flip=1)
REGULARIZATION = {
    "none": NONE,
    "early stopping": change(NONE, patience=5),
    "weight decay": change(NONE, weight_decay=0.1),
    "dropout": change(NONE, dropout=0.5),
    "batch normalization": change(NONE, batch_normalization=0.9),
    "noise": change(NONE, noise=0.1),
    "crop": change(NONE, crop=0.25),
    "shift": change(NONE, shift=0.1),
    "flip": change(NONE, flip=1),
    "the best three": BEST_THREE,
    "and dropout too": change(BEST_THREE, dropout=0.5),
    "the best three, longer": change(BEST_THREE, epochs=120),
}
LONGER = change(BEST_THREE, epochs=15)
ARCHITECTURE = {
    "as it is": LONGER,
    "a quarter of the filters": change(LONGER, filters=(8, 16, 32)),
    "half the filters": change(LONGER, filters=(16, 32, 64)),
    "twice the filters": change(LONGER, filters=(64, 128, 256)),
    "as it is, lower rate": change(LONGER, rate=0.0003),
    "twice, lower rate": change(LONGER, filters=(64, 128, 256), rate=0.0003),
    "two convolutions a block": change(LONGER, depth=2),
    "one block less": change(LONGER, filters=(32, 64)),
    "one block more": change(LONGER, filters=(32, 64, 128, 128)),
    "kernel 1 x 1": change(LONGER, kernel_size=1),
    "kernel 5 x 5": change(LONGER, kernel_size=5),
}
SHORT = change(NONE, batch_normalization=0.9, flip=1, epochs=16)
GRID = product((0.00001, 0.0001, 0.001, 0.01), (0.001, 0.01, 0.1, 1.0))
RNG = np.random.default_rng(0)
DRAWN = zip(10 ** RNG.uniform(-5, -2, 16), 10 ** RNG.uniform(-3, 0, 16), strict=True)
SEARCH = {
    f"{way} {number}": change(SHORT, rate=float(rate), weight_decay=float(decay))
    for way, points in (("grid", GRID), ("random", DRAWN))
    for number, (rate, decay) in enumerate(points)
}
PLAIN = change(NONE, batch_normalization=0.9, epochs=15)
SHUFFLED = {
    f"{name}{', shuffled' if shuffled else ''}": Shuffled(settings, shuffled)
    for name, settings in (("CNN", PLAIN), ("dense", change(PLAIN, filters=())))
    for shuffled in (False, True)
}
FOLDS = {
    "kernel 3 x 3": Folds(LONGER),
    "kernel 5 x 5": Folds(change(LONGER, kernel_size=5)),
}
BATCHES = {
    f"{size}, {way}": Batch(size, 0.01 * factor, int(way == "linear, warm-up"))
    for size in (32, 128, 512, 1024)
    for way, factor in {
        "a third": 0.3,
        "same": 1,
        "three times": 3,
        "root": (size / 32) ** 0.5,
        "linear": size / 32,
        "linear, warm-up": size / 32,
    }.items()
    if (size == 32) == (way in ("a third", "three times")) or way == "same"
}
STUDIES = {
    "regularization": Study(REGULARIZATION, seeds=10, images=1000),
    "more images": Study({"none": NONE}, seeds=10, images=2000),
    "architecture": Study(ARCHITECTURE, seeds=5, images=4000),
    "search": Study(SEARCH, seeds=5, images=1000, summary=curves_summary),
    "shuffled pixels": Study(SHUFFLED, seeds=5, images=4000, run=shuffled_run),
    "folds": Study(FOLDS, 10, 2000, fold_run, fold_summary),
    "batch size": Study(BATCHES, 5, 8000, batch_run, batch_summary),
    "transfer": Study(
        {"deer and horse": Transfer()}, 5, 36_000, transfer_run, transfer_summary
    ),
}


class Job(NamedTuple):
    """One run: its study, the name of its settings, its seed."""

    study: str
    name: str
    seed: int

    @property
    def path(self) -> Path:
        """Name the file of this run."""
        words = "_".join(map(str, self)).replace(",", "").replace(" ", "-")
        return WORK / f"{words}.json"

    @property
    def wanted(self) -> dict:
        """Return what decides this run, as its file holds it."""
        study = STUDIES[self.study]
        settings = json.loads(json.dumps(asdict(study.settings[self.name])))
        return {"settings": settings, "images": study.images, "seed": self.seed}


def finished(job: Job) -> dict | None:
    """Read a finished run, None if there is none; ValueError for one of other settings.

    Such a file is left alone.
    """
    if not job.path.is_file():
        return None
    row = json.loads(job.path.read_text(encoding="utf-8"))
    for key, value in job.wanted.items():
        if row.get(key) != value:
            raise ValueError(
                f"{job.path.name} holds a run with other {key}: move it away, or give "
                f"{job.name!r} another name"
            )
    return row


@cache
def image_parts():
    """Load the training images, those that stop a run and those that judge it."""
    images = data.load_images("cifar10")
    return images.train, *data.split(*images.validation, 4000)


def do(job: Job) -> None:
    """Do one run and store it."""
    study = STUDIES[job.study]
    row = study.run(study.settings[job.name], study.images, job.seed)
    write(job.path, {**row, **job.wanted, "date": time.strftime("%Y-%m-%d")})


def work(jobs: list[Job]) -> None:
    """Do these runs, one on each core, with a bar that tells the time left."""
    for name in ("INTRAOP", "INTEROP"):  # for the processes to come
        os.environ[f"TF_NUM_{name}_THREADS"] = "1"
    pool = ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))
    with tqdm(total=len(jobs), unit="run", smoothing=0) as bar:
        try:
            for done in as_completed([pool.submit(do, job) for job in jobs]):
                done.result()
                bar.update()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    pool.shutdown()


def jobs_of(names: list[str]) -> list[Job]:
    """List the runs of these studies, one seed of all settings before the next."""
    for name in names:
        if name not in STUDIES:
            raise ValueError(f"no study {name!r}; there are: {', '.join(STUDIES)}")
    return [
        Job(name, setting, seed)
        for name in names
        for seed in range(STUDIES[name].seeds)
        for setting in STUDIES[name].settings
    ]


def stored_rows(study: str) -> dict:
    """Read what the results hold of a study: rows of the same settings and images."""
    if not RESULTS.is_file():
        return {}
    rows = json.loads(RESULTS.read_text(encoding="utf-8")).get(study, {})
    wanted = {name: Job(study, name, 0).wanted for name in STUDIES[study].settings}
    same = ("settings", "images")
    return {
        name: rows[name]
        for name in wanted
        if name in rows and all(rows[name][k] == wanted[name][k] for k in same)
    }


def collect() -> dict:
    """Sum up every study of which there is a run; fewer seeds replace no stored row."""
    results = {}
    for study, content in STUDIES.items():
        rows = stored_rows(study)
        for name in content.settings:
            runs = [finished(Job(study, name, seed)) for seed in range(content.seeds)]
            runs = [run for run in runs if run]
            if len(runs) > 0 and len(runs) >= len(rows.get(name, {}).get("seeds", [])):
                rows[name] = {
                    **{key: runs[0][key] for key in ("settings", "images")},
                    "seeds": [run["seed"] for run in runs],
                    "date": max(run["date"] for run in runs),
                    **content.summary(runs),
                }
        results[study] = {n: rows[n] for n in content.settings if n in rows}
    judged = "CIFAR-10; judged on 4,000 validation images; a run has one core"
    return {"data": judged, "machine": machine(), **results}


def main(names: list[str]) -> None:
    """Do what is missing of the named studies, or of all; then sum up."""
    wanted = jobs_of(names or list(STUDIES))
    missing = [job for job in wanted if finished(job) is None]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished.")
    try:
        work(missing)
    except KeyboardInterrupt:
        sys.exit("Stopped. Finished runs are kept; the same command goes on.")
    write(RESULTS, collect())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ValueError as error:
        sys.exit(str(error))
