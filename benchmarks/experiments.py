"""Do the runs that notebooks 12, 13, 15, 18, 20 and 21 compare: `make experiments`.

`studies` says what is compared, `runs` does one run. There are as many runs at a time
as there are cores, each on one. A finished run is a file under build/experiments, so a
stopped call goes on; the sum of all is benchmarks/results/experiments.json. A test
holds that file to the settings in `studies`: change one, and run again.
"""

import json
import math
import os
import sys
import time
from concurrent.futures import as_completed
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from benchmarks import pools
from benchmarks.record import machine, read, run_program, write
from benchmarks.studies import STUDIES
from helpers import files, results

WORK = Path(__file__).parents[1] / "build" / "experiments"
RESULTS = results.FOLDER / "experiments.json"


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


def same(stored: object, wanted: object) -> bool:
    """Compare settings: the last digit of a drawn one is the processor's."""
    if isinstance(wanted, dict):
        return isinstance(stored, dict) and (
            stored.keys() == wanted.keys()
            and all(same(stored[key], value) for key, value in wanted.items())
        )
    if isinstance(wanted, float) and isinstance(stored, float):
        return math.isclose(stored, wanted, rel_tol=1e-12)
    return stored == wanted


def finished(job: Job) -> dict | None:
    """Read a finished run, None if there is none; ValueError for one of other settings.

    Such a file is left alone.
    """
    if not job.path.is_file():
        return None
    row = read(job.path)
    for key, value in job.wanted.items():
        if not same(row.get(key), value):
            raise ValueError(
                f"{job.path.name} holds a run with other {key}: move it away, or give "
                f"{job.name!r} another name"
            )
    return row


def do(job: Job) -> None:
    """Do one run and store it."""
    study = STUDIES[job.study]
    row = study.run(study.settings[job.name], study.images, job.seed)
    write(job.path, {**row, **job.wanted, "date": time.strftime("%Y-%m-%d")})


def work(jobs: list[Job]) -> None:
    """Do these runs, one on each core, with a bar that tells the time left."""
    for name in ("INTRAOP", "INTEROP"):  # for the processes to come
        os.environ[f"TF_NUM_{name}_THREADS"] = "1"
    pool = pools.pool(os.cpu_count())
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
    rows = read(RESULTS).get(study, {})
    wanted = {name: Job(study, name, 0).wanted for name in STUDIES[study].settings}
    keys = ("settings", "images")
    return {
        name: rows[name]
        for name in wanted
        if name in rows and all(same(rows[name][k], wanted[name][k]) for k in keys)
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
    judged = "CIFAR-10; evaluated on 4,000 validation images; a run has one core"
    return {"data": judged, "machine": where(results), **results}


def where(found: dict) -> str:
    """Name the machines of rows that name none: as stored, and this for new ones."""
    known = read(RESULTS) if RESULTS.is_file() else {}
    kept = [
        row == known.get(study, {}).get(name)
        for study, rows in json.loads(json.dumps(found)).items()
        for name, row in rows.items()
        if "machine" not in row
    ]
    old = known.get("machine", machine()).split("; ") if any(kept) else []
    return "; ".join(dict.fromkeys(old + [machine()] * (not all(kept) or not old)))


def main(names: list[str]) -> None:
    """Do what is missing of the named studies, or of all; then sum up."""
    wanted = jobs_of(names or list(STUDIES))
    WORK.mkdir(parents=True, exist_ok=True)
    with files.alone(WORK / "experiments"):
        do_missing(wanted)


def do_missing(wanted: list[Job]) -> None:
    """Do those of these runs that are not finished; then sum up."""
    missing = [job for job in wanted if finished(job) is None]
    print(f"{len(wanted) - len(missing)} of {len(wanted)} runs are finished.")
    try:
        work(missing)
    except KeyboardInterrupt:
        sys.exit("Stopped. Finished runs are kept; the same command goes on.")
    write(RESULTS, collect())


if __name__ == "__main__":
    run_program(main, sys.argv[1:])
