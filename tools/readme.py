"""Write what README.md, the guide and the notebooks take from elsewhere: `make readme`.

Measures come from the models' cards, the notebooks' road map from the README's table,
badges and the notebooks' Colab cell from `tool.course.address` in pyproject.toml.
`tests/tools/test_readme.py` holds the result to this program.
"""

import re
import tomllib
from pathlib import Path

import nbformat

from helpers import files, results

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
MARK = "<!-- {0}: written by make readme -->\n{1}\n<!-- end {0} -->"
FIRST = "01_images.ipynb"


def address() -> str:
    """Return the repository's public address, or "" while it is not known."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"]["course"]["address"].rstrip("/")


def elsewhere(name: str, where: str) -> dict[str, str]:
    """Return the addresses at which a notebook opens in Colab and Binder."""
    course, path = where.removeprefix("https://github.com/"), f"notebooks/{name}"
    return {
        "Colab": f"https://colab.research.google.com/github/{course}/blob/main/{path}",
        "Binder": f"https://mybinder.org/v2/gh/{course}/main?labpath={path}",
    }


def run_it(name: str, where: str) -> str:
    """Return a line that says where a notebook runs, "" while there is no address.

    A notebook alone lacks the course's helpers, so the download is the whole course.
    """
    if not where:
        return ""
    links = elsewhere(name, where)
    return (
        f"*Run it:* [on Colab]({links['Colab']}) · [on Binder]({links['Binder']}) · "
        f"[download the course]({where}/archive/refs/heads/main.zip)"
    )


def badges(where: str) -> str:
    """Return the Colab and Binder badges for a public address, nothing without one."""
    if not where:
        return ""
    links = elsewhere(FIRST, where)
    return (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"({links['Colab']})\n[![Open in Binder](https://mybinder.org/badge_logo.svg)]"
        f"({links['Binder']})"
    )


def colab_cell(where: str) -> str:
    """Return the source of every notebook's Colab cell."""
    fetch = (
        f"        !git clone --quiet --depth 1 {where} course\n"
        if where
        else "        from google.colab import files\n\n"
        '        name = next(iter(files.upload()), "")  # the course as a zip file\n'
        '        !unzip -qo "{name}" -x "*__MACOSX*" -d course_files\n'
        "        !mv -T course_files/* course || mv -T course_files course\n"
    )
    return (
        'import sys\nfrom pathlib import Path\n\nif "google.colab" in sys.modules:\n'
        '    if not Path("/content/course").exists():\n'
        f"{fetch}"
        '    says = "not the course: !rm -rf /content/course /content/course_files, '
        'again"\n'
        '    assert Path("/content/course/helpers").is_dir(), says\n'
        "    %pip install --quiet --editable /content/course[colab]\n"
        "    %cd -q /content/course/notebooks\n"
        '    sys.path.insert(0, "/content/course")'
    )


def headline() -> str:
    """Return what training costs here and with the usual network, in two sentences."""
    bench = results.read("bench")
    usual, fast, best = (
        bench["baselines"]["classic"],
        bench["presets"]["84 %"],
        bench["presets"]["94 %"],
    )
    minutes = (best["seconds"] + best["view_seconds"]) / 60
    return (
        f"**{percent(bench['level'], 0)} of CIFAR-10's test images right after "
        f"{fast['seconds']:.0f} s of training on two CPU cores**, where the network "
        f"that many Keras projects share needs {usual['seconds'] / 60:.0f} minutes and "
        f"does not get there ({percent(usual['accuracy'][-1])}); "
        f"{percent(best['accuracy'], 0)} after {minutes:.0f} minutes, with the mean of "
        f"{best['views']} views of each image. "
        "[How it was measured](#how-fast)."
    )


def measures() -> str:
    """Return the table of accuracies, one row for each trained model that ships."""
    # here, because Keras takes seconds to import and only this needs it
    from helpers import models

    rows = [
        "| network | data | parameters | seeds | validation accuracy | seconds each |",
        "|---|---|---|---|---|---|",
    ]
    for data_name in ("cifar10", "digits"):
        for kind in ("dense_baseline", "cnn", "fast_cnn"):
            card = models.read_card(data_name, kind)
            accuracies = [100 * run["validation_accuracy"] for run in card["runs"]]
            seconds = [run["seconds"] for run in card["runs"]]
            rows.append(
                f"| {kind.replace('_', ' ')} | {data_name} | {card['parameters']:,} | "
                f"{len(accuracies)} | {min(accuracies):.1f} to "
                f"{max(accuracies):.1f} % | {min(seconds):.0f} to {max(seconds):.0f} |"
            )
    rows += ["", f"Measured on: {card['machine']}; {card['date']}."]
    return "\n".join(rows)


def percent(share: float, digits: int = 1) -> str:
    """Write 0.8435 as 84.4 %."""
    return f"{100 * share:.{digits}f} %"


def speed() -> str:
    """Return the table of what `make bench` measured, one row a network."""
    bench = results.read("bench")
    lines = [
        "| network | test accuracy | training, seconds | + views | PFLOP | GFLOP/s |",
        "|---|---|---|---|---|---|",
    ]
    names = {"classic": "the classic network, 15 epochs", "tutorial": "TensorFlow's"}
    rows = [
        (names[name], percent(row["accuracy"][-1]), row)
        for name, row in bench["baselines"].items()
    ]
    for name, row in bench["presets"].items():
        runs = [run["accuracy"][str(row["views"])] for run in row["runs"]]
        spread = f", {percent(min(runs))} to {percent(max(runs))}"
        accuracy = percent(row["accuracy"]) + spread * (len(runs) > 1)
        rows.append((f'preset "{name}", seeds: {len(runs)}', accuracy, row))
    if "torch" in bench:
        row = bench["torch"]
        name = f"the published 94 % recipe in PyTorch {row['torch']}, 1 seed"
        rows.append((name, percent(row["accuracy"]), row))
    for name, accuracy, row in rows:
        lines.append(
            f"| {name} | {accuracy} | {row['seconds']:.0f} | "
            f"{row.get('view_seconds', 0):.0f} | {row['pflop']:.3f} | "
            f"{row['gflops']:.0f} |"
        )
    rates = [row["matrix_gflops"] for row in bench["presets"].values()]
    memory = max(row["peak_memory_gb"] for row in bench["presets"].values())
    reached = bench["baselines"]["classic"]["reaches_level"]
    lines += [
        "",
        f"Time to {percent(bench['level'], 0)}, classic / ours: **{bench['ratio']}**"
        f"{'' if reached else ' (of all its epochs: it did not get there)'}. "
        f"Medians over the seeds. Matrix product in the same run: {min(rates):.0f} to "
        f"{max(rates):.0f} GFLOP/s. Peak memory of a preset's run: {memory:.1f} GB. "
        f"{bench['data']}. {bench['machine']}.",
        "",
        precisions(),
    ]
    return "\n".join(lines)


def precisions() -> str:
    """Return the sentence on the "84 %" preset in float32 and in bfloat16."""
    both, told = results.read("bfloat16"), []
    for name, found in {"float32": both, "bfloat16": both["bfloat16"]}.items():
        row = found["presets"]["84 %"]
        seconds = row["seconds"] + row["view_seconds"]
        told.append(
            f"in {name} {percent(row['accuracy'])} after {seconds:.0f} s, classic / "
            f"ours {found['ratio']}, matrix product {row['matrix_gflops']:.0f} GFLOP/s"
        )
    classic = both["baselines"]["classic"]["seconds"]
    return (
        'The preset "84 %" where the processor multiplies bfloat16, on a day when '
        f"the classic network took {classic:.0f} s; {len(row['runs'])} seeds of each "
        f"type in turn (`make bench PRECISION=bfloat16`): {'; '.join(told)}. "
        f"{both['machine']}.{pairs()}"
    )


def pairs() -> str:
    """Return a paragraph for each preset measured by `make precisions`."""
    said = ""
    for preset, row in results.read("precisions")["presets"].items():
        told = []
        for name in "float32", "bfloat16":
            one = row[name]
            told.append(
                f"in {name} {percent(one['accuracy'])} after "
                f"{one['total_seconds']:.0f} s at {percent(one['share'], 0)} of the "
                f"rate of a matrix product, {one['peak_memory_gb']:.1f} GB"
            )
        ratios = dict.fromkeys(map(str, (min(row["ratios"]), max(row["ratios"]))))
        seeds = f"{len(row['ratios'])} seed{'s' * (len(row['ratios']) > 1)}"
        said += (
            f'\n\nThe preset "{preset}", {seeds} of each type in turn (`make '
            f"precisions`), views included: {'; '.join(told)}; {' to '.join(ratios)} "
            f"times as fast. {'; '.join(row['machines'])}."
        )
    return said


def load() -> str:
    """Return the table of what `make load` measured, one row a server and photo."""
    found = results.read("load")
    lines = [
        "| network run by | photo | median | 99 % | closed loop | memory | start |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['server']} | {row['photo']} | {row['median_ms']:,.1f} ms | "
        f"{row['p99_ms']:,.1f} ms | {row['closed_loop_per_second']:.0f} a second | "
        f"{row['memory_mb']} MB | {row['start_seconds']:.1f} s |"
        for row in found["rows"]
    ]
    versions = ", ".join(f"{name} {it}" for name, it in found["versions"].items())
    late = "".join(
        f" {row['unanswered']:,} of {row['requests']:,} requests to {row['server']} "
        f"had no answer when the {found['seconds']} s were over; they count with what "
        f"they had waited by then."
        for row in found["rows"]
        if row["unanswered"]
    )
    return "\n".join(lines) + (
        f"\n\n{found['rate_per_second']} requests a second over "
        f"{found['connections']} connections for {found['seconds']} s, each latency "
        f"counted from when its request was due.{late} Load average before: "
        f"{found['load_average_before']}. {found['machine']}, {versions}; "
        f"{found['date']}."
    )


def attacks() -> str:
    """Return in two sentences what `make attacks` measured."""
    found = results.read("attacks")
    quiet, *rows = found["rows"]
    slow, late = (
        max(rows, key=lambda row: row[name]) for name in ("median_ms", "p95_ms")
    )
    failed, asked = (sum(row[name] for row in rows) for name in ("failed", "requests"))
    most = max(row["memory_mb"] for row in found["rows"])
    return (
        f"While others ask {found['rate_per_second']} times a second, each on a new "
        f"connection, the median is {quiet['median_ms']:,.0f} ms and 95 % are answered "
        f"within {quiet['p95_ms']:,.0f} ms; while one sender attacks in one of "
        f"{len(rows)} ways, within {slow['median_ms']:,.0f} ms at worst "
        f"({slow['attack']}) and {late['p95_ms']:,.0f} ms ({late['attack']}). "
        f"{failed:,} of {asked:,} got no scores, and the service never held more than "
        f"{most} MB. Load average before: "
        f"{found['load_average_before']}; {found['date']}."
    )


def memory() -> str:
    """Return the instructor's table of what `make memory` measured."""
    found = results.read("memory")
    peaks = {name: row["mb"] / 1024 for name, row in found["notebooks"].items()}
    server = found["server_mb"] / 1024
    lines = ["| notebook | peak, GB | 30 students, GB | 300 students, GB |"]
    lines += ["|---|---|---|---|"]
    for name, peak in peaks.items():
        each = peak + server
        lines.append(f"| {name} | {peak:.1f} | {30 * each:.0f} | {300 * each:,.0f} |")
    return "\n".join(lines) + (
        f"\n\nThe peak is that of the kernel and of all it starts, memory they share "
        f"counted once; the columns for a class add {server:.2f} GB a student for the "
        f"server and assume that all reach the peak at once. Data: {found['data']}; "
        f"{found['machine']}; {found['date']}."
    )


def parts() -> list[tuple[str, list[str]]]:
    """Return the course's parts and their notebooks, from the README's table."""
    found: list[tuple[str, list[str]]] = []
    for row in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if part := re.match(r"\| \*(Part \d[^:*]*)", row):
            found.append((part[1], []))
        elif name := re.match(r"\| \[(\d\d_\w+\.ipynb)\]", row):
            found[-1][1].append(name[1])
    return found


def road(here: Path, where: str) -> str:
    """Return the way through the course as lines, one a part; `here` is marked.

    `here` gets no link to itself. The last line says where it runs.
    """
    lines = []
    for title, names in parts():
        stops = []
        for name in names:
            stop = f"{int(name[:2])}\u00a0{name[3:-6]}".replace("_", "\u00a0")
            named = f"{stop}\u00a0◂\u00a0you\u00a0are\u00a0here"
            stops.append(named if name == here.name else f"[{stop}]({name})")
        lines.append(f"*{title}:* " + " · ".join(stops))
    return "<br>\n".join([*lines, *filter(None, [run_it(here.name, where)])])


def fill(text: str, name: str, content: str) -> str:
    """Replace the part of `text` between the marks called `name`; raise if missing."""
    pattern = re.escape(MARK.format(name, "\0")).replace("\0", "(?s:.*?)")
    filled, count = re.subn(pattern, lambda _: MARK.format(name, content), text)
    if count != 1:
        raise ValueError(
            f"the text must hold the mark {name!r} once, not {count} times"
        )
    return filled


def write(path: Path, text: str) -> None:
    """Write a text whole or not at all."""
    with files.beside(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """Fill the README, the guide, and the notebooks' Colab cells and road maps."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = fill(readme, "badges", badges(address()))
    readme = fill(readme, "headline", headline())
    readme = fill(readme, "measures", measures())
    readme = fill(readme, "speed", speed())
    readme = fill(readme, "attacks", attacks())
    write(ROOT / "README.md", fill(readme, "load", load()))
    guide = (ROOT / "instructor" / "guide.md").read_text(encoding="utf-8")
    write(ROOT / "instructor" / "guide.md", fill(guide, "memory", memory()))
    for path in sorted(NOTEBOOKS.glob("[!.]*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code" and '"google.colab"' in cell.source:
                cell.source = colab_cell(address())
        opening = notebook.cells[0]
        opening.source = fill(opening.source, "road", road(path, address()))
        write(path, nbformat.writes(notebook) + "\n")


if __name__ == "__main__":
    main()
