"""Work on other files that `kills` kills: data, notebooks, experiments, answers."""

import json
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.prove import mirror
from tools.prove.model_kinds import whole_zips

TRIALS, ANSWERS, RUNS = 30, 300, 8


def refreshing(folder: Path):
    """Execute a notebook and store its outputs."""
    import nbformat

    from tools import refresh

    refresh.NOTEBOOKS, path = folder, folder / "01_small.ipynb"
    if not path.is_file():
        cells = [nbformat.v4.new_code_cell(f"print({n})") for n in range(5)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return partial(refresh.refresh, path)


def refreshed(folder: Path) -> dict:
    """Return the notebook, with as many outputs as cells."""
    path = folder / "01_small.ipynb"
    try:
        cells = json.loads(path.read_text())["cells"]
    except ValueError:
        return {"faults": ["the notebook is half"]}
    return {path.name: True} if all(cell["outputs"] for cell in cells) else {}


def experiment(folder: Path):
    """Do the runs of an experiment that are missing, and sum them up."""
    from benchmarks import experiments
    from benchmarks.studies import Study

    @dataclass(frozen=True)
    class Settings:
        seconds: float = 0.1

    def one_run(settings, count, seed):
        time.sleep(settings.seconds)  # a kill meets the files all the same
        return {"accuracy": seed / count}

    study = Study({"small": Settings()}, 100, RUNS, one_run, len_of)
    experiments.STUDIES = {"study": study}
    experiments.WORK, experiments.RESULTS = folder, folder / "experiments.json"
    experiments.work = lambda jobs: [experiments.do(job) for job in jobs]
    return partial(experiments.main, ["study"])


def len_of(runs: list[dict]) -> dict:
    """Sum up the runs of the experiment."""
    return {"runs": len(runs)}


def experimented(folder: Path) -> dict:
    """Return every finished run."""
    found = {"faults": []}
    for path in folder.glob("[!.]*.json"):
        try:
            row = json.loads(path.read_text())
        except ValueError:
            found["faults"].append(f"{path.name} is half")
            continue
        found[path.name] = row.get("accuracy")
    return found


def study(folder: Path):
    """Do the trials of a search that are missing."""
    import optuna

    from helpers.experiments import tuning

    def search():
        space = {"rate": optuna.distributions.FloatDistribution(0, 1)}
        study = tuning.open_study(folder / "study.log", space, {})
        done = [optuna.trial.TrialState.COMPLETE]
        while len(study.get_trials(states=done)) < TRIALS:
            trial = study.ask(space)
            study.tell(trial, trial.params["rate"])

    return search


def searched(folder: Path) -> dict:
    """Return the value of each finished trial, read without Optuna."""
    found, path = {"faults": []}, folder / "study.log"
    lines = path.read_bytes().split(b"\n") if path.is_file() else [b""]
    for line in lines[:-1]:
        try:
            told = json.loads(line)
        except ValueError:
            found["faults"].append("a line is torn")
            continue
        if told.get("state") == 1 and told.get("values"):
            found[f"trial {told['trial_id']}"] = told["values"]
    return found


def answering(folder: Path):
    """Note answers to questions, from the first that is missing."""
    from helpers.checks import progress

    os.environ["CNN_COURSE_PROGRESS"] = str(folder / "progress.jsonl")

    def answer():
        for number in range(len(progress.tries()), ANSWERS):
            progress.note(f"answer {number}", True)

    return answer


def answered(folder: Path) -> dict:
    """Return every answer that is noted."""
    path, found = folder / "progress.jsonl", {"faults": []}
    lines = path.read_text().split("\n") if path.is_file() else [""]
    return found | {json.loads(line)["item"]: True for line in lines[:-1] if line}


def downloading(folder: Path, url: str, size: int, sha256: str, **_):
    """Download a file from a slow mirror."""
    from helpers.data import download

    return partial(download.fetch, [url], folder / "archive", size, sha256, 5)


def downloaded(folder: Path) -> dict:
    """Return the bytes that have arrived, counted in pieces."""
    path, known = folder / "archive", mirror.archive()[0]
    content = path.read_bytes() if path.is_file() else b""
    faults = [] if known.startswith(content) else ["other bytes than were sent"]
    pieces = range(0, len(content) - mirror.PIECE, mirror.PIECE)
    return {"faults": faults} | {f"byte {at}": True for at in pieces}


def filling(folder: Path, **facts):
    """Download CIFAR-10, a small one, and keep it as a cache."""
    from helpers.data import cache

    mirror.believe(**facts)
    os.environ["CNN_COURSE_CACHE"] = str(folder)

    def fill():
        if cache.read(quietly=True) is None:
            cache.fill()
        cache.load(folder / cache.CACHE)

    return fill


def filled(folder: Path) -> dict:
    """Return the cache; a half one is a fault."""
    faults = whole_zips(folder)
    return {"faults": faults} | {p.name: True for p in folder.glob("cifar10.npz")}
