"""The results of `make bench` as a table and as a picture."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from helpers import files, plots


def table(results: dict) -> str:
    """Write the results as lines of a table."""
    classic = results["baselines"]["classic"]
    lines = [
        "network          accuracy   seconds  +views   of classic  GFLOP/s   PFLOP"
    ]
    for name, row in results["baselines"].items():
        lines.append(
            f"{name:16}{row['accuracy'][-1]:9.2%}{row['seconds']:10.0f}{'':8}"
            f"{row['seconds'] / classic['seconds']:13.2f}{row['gflops']:9}"
            f"{row['pflop']:8.4f}"
        )
    other = results.get("bfloat16", {"presets": {}})["presets"]
    rows = results["presets"] | {f"{name} bf16": row for name, row in other.items()}
    for name, row in rows.items():
        total = row["seconds"] + row["view_seconds"]
        lines.append(
            f"{name + ' preset':16}{row['accuracy']:9.2%}{row['seconds']:10.0f}"
            f"{row['view_seconds']:8.1f}{total / classic['seconds']:13.2f}"
            f"{row['gflops']:9.0f}{row['pflop']:8.4f}"
        )
    if "torch" in results:
        row = results["torch"]
        total = row["seconds"] + row["view_seconds"]
        lines.append(
            f"{'94 % in PyTorch':16}{row['accuracy']:9.2%}{row['seconds']:10.0f}"
            f"{row['view_seconds']:8.1f}{total / classic['seconds']:13.2f}"
            f"{row['gflops']:9}{row['pflop']:8.4f}"
        )
    return "\n".join(lines)


def draw(results: dict, target: Path) -> None:
    """Draw every run into a PNG file, each named where it ends."""
    names = {"classic": "the usual network", "tutorial": "TensorFlow's tutorial"}
    lines = {
        names[name]: (np.cumsum(row["epoch_seconds"]), row["accuracy"])
        for name, row in results["baselines"].items()
    }
    dots = {}
    for name, row in results["presets"].items():
        views = row["views"]
        pairs = [
            (run["seconds"] + views * run["view_seconds"], run["accuracy"][str(views)])
            for run in row["runs"]
        ]
        dots[name] = tuple(zip(*pairs, strict=True))
    with plt.rc_context({"font.size": 13}):
        _, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
        plots.frontier(lines, {}, ax, "accuracy on CIFAR-10's test images, two cores")
        ax.get_legend().remove()
        for name, (seconds, accuracy) in lines.items():
            below = name == names["classic"]
            place = {"ha": "left" if below else "right", "color": "0.35"}
            offset = (10, -16) if below else (6, 16)
            label(ax, name, (seconds[3], accuracy[3]), offset, **place)
        for name, runs in dots.items():
            ax.plot(*runs, "o", color=plots.ACCENT)
            label(ax, name, np.max(runs, axis=1), (0, 9), ha="center")
        first = np.max(dots["84 %"], axis=1)
        label(ax, "this course:", first, (-24, 9), ha="right", color=plots.ACCENT)
        ax.set(xlabel="seconds of training", ylabel="", ylim=(0.5, 1))
        with files.beside(target) as part:
            plt.savefig(part, dpi=150)
    plt.close()


def label(ax: plt.Axes, text: str, point, offset: tuple, **style) -> None:
    """Write a text beside a point, `offset` in points of the font."""
    ax.annotate(text, point, offset, textcoords="offset points", **style)
