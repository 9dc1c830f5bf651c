"""Start a team of workers; if one is lost, start all from the newest checkpoint.

    python -m helpers.training.launch --workers 2 --kill 1

Every worker is a process that sees one core, as if it were a machine of its own; they
talk over the loopback network. This stands for what a cluster's scheduler does.
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from helpers import files
from helpers.training import claim

ROOT = Path(__file__).parents[2]
# when a training goes on; which data "auto" leads to, each worker compares itself
MAY_CHANGE = {"folder", "data", "workers", "epochs", "slow"}
REFUSED = 2  # the status of a worker for which another attempt would change nothing


@dataclass(frozen=True)
class Job:
    """What a training is; the same for one worker and for many."""

    folder: str
    workers: int = 1
    data: str = "auto"  # as `data.load_images` takes it
    photos: int = 2048
    batch: int = 128  # of all workers together
    epochs: int = 4
    learning_rate: float = 0.02
    normalization: float = 0.9  # as in `experiments.Settings`; 0: none
    seed: int = 0
    slow: float = 0.0  # seconds that the last worker loses in every step


def start(job: Job, log: Path) -> list[subprocess.Popen]:
    """Start a team of workers; the first coordinates, and what it says goes to `log`.

    Raises ValueError where the batch cannot be shared out equally or never gets full,
    or the folder holds another training; OSError where several workers would not find
    this machine by its name, or on Windows could not be connected.
    """
    if job.workers < 1 or job.batch < 1:
        raise ValueError(f"there must be 1 worker and 1 photo or more, not {job}")
    if job.batch % job.workers:
        raise ValueError(
            f"a batch of {job.batch} cannot be shared equally by {job.workers} "
            "workers: take a multiple"
        )
    if job.photos < job.batch:
        raise ValueError(
            f"{job.photos} photos do not fill a batch of {job.batch}: take more photos "
            "or a smaller batch"
        )
    if job.workers > 1 and sys.platform == "win32":
        raise OSError("JAX connects no processes on Windows: take one worker")
    if job.workers > 1:
        _see_that_the_name_resolves(socket.gethostname())
    decides = {k: v for k, v in asdict(job).items() if k not in MAY_CHANGE}
    claim.keep(Path(job.folder) / "job.json", decides, begun=bool(checkpoints(job)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = dict(os.environ)  # a proxy knows no way to this machine itself
    environment |= dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
    team = []
    try:
        for rank in range(job.workers):
            mine = {"rank": rank, "address": address, "watched": True}
            text = json.dumps(asdict(job) | mine)
            command = [sys.executable, "-m", "helpers.training.worker", text]
            with open(log, "a") as out, open(f"{log}.errors", "a") as errors:
                said = out if rank == 0 else errors
                options = {"cwd": ROOT, "env": environment, "stderr": errors}
                options["stdin"] = subprocess.PIPE  # closed when this process is gone
                team.append(subprocess.Popen(command, stdout=said, **options))
    except BaseException:
        end(team)
        raise
    return team


def _see_that_the_name_resolves(name: str) -> None:
    """Raise OSError where not: JAX's workers tell each other where they are by it."""
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        raise OSError(
            f"this machine's own name, {name}, leads to no address, and workers need "
            f"one: add the line `127.0.0.1 {name}` to /etc/hosts"
        ) from None


def end(team: list[subprocess.Popen]) -> None:
    """Kill the workers that still run."""
    for worker in team:
        worker.kill()  # no harm to one that has ended
        worker.wait()


def watch(
    team: list, hurt=None, patience: float = 30, limit: float = 3600
) -> tuple[list[int], float]:
    """Wait for a team; return its exit codes, and the seconds from `hurt` to the end.

    `hurt` is called until it returns True: it may kill a worker. Once a worker has been
    hurt or has failed, the others have `patience` seconds to notice, or to fail too;
    then they are killed. So are all after `limit` seconds.
    """
    began, since = time.monotonic(), None
    try:
        while None in (codes := [worker.poll() for worker in team]):
            now = time.monotonic()
            if since is None and hurt and hurt(team):
                since = time.monotonic()
            if any(codes):
                since = since or now
                if now > since + patience:
                    break
            if now > began + limit:
                break
            time.sleep(0.01)
    finally:
        end(team)
    waited = time.monotonic() - since if since else 0.0
    return [worker.returncode for worker in team], round(waited, 2)


def killer(job: Job, rank: int):
    """Return what kills worker `rank`, 0.3 s after a checkpoint, within an epoch."""
    before = len(checkpoints(job))

    def hurt(team):
        if len(checkpoints(job)) == before:
            return False
        time.sleep(0.3)
        team[rank].kill()
        return True

    return hurt


def checkpoints(job: Job) -> list[Path]:
    """List the finished checkpoints of a training, the oldest first."""
    return sorted(Path(job.folder).glob("epoch-*.weights.h5"))


def train(job: Job, kill: int | None = None, attempts: int = 3) -> list[dict]:
    """Train; if a worker is lost, start all again from the newest checkpoint.

    Returns one dict an attempt: `codes`, `seconds` from the loss of a worker to the end
    of all, and `rows`, what was measured epoch by epoch. With `kill` the first attempt
    loses that worker after its first epoch. Raises ValueError where there is no such
    worker, RuntimeError where it had ended before, or the last attempt has failed too,
    BlockingIOError while another program trains in the folder.
    """
    if kill is not None and not 0 <= kill < job.workers:
        raise ValueError(f"there is no worker {kill}: they count from 0")
    folder = Path(job.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with files.alone(folder / "training"):
        return _attempts(job, kill, attempts)


def _attempts(job: Job, kill: int | None, attempts: int) -> list[dict]:
    """Start a team until all its workers end well, or one is refused."""
    folder, told = Path(job.folder), []
    before = len(list(folder.glob("attempt-*.log")))
    for attempt in range(attempts):
        log = folder / f"attempt-{before + attempt + 1}.log"
        hurt = None if kill is None or attempt else killer(job, kill)
        codes, seconds = watch(start(job, log), hurt)
        rows = [json.loads(x) for x in log.read_text().splitlines() if x[:1] == "{"]
        told.append({"codes": codes, "seconds": seconds, "rows": rows})
        if kill is not None and not attempt and codes[kill] == 0:
            raise RuntimeError(f"worker {kill} had ended before it could be lost")
        if not any(codes):
            return told
        if REFUSED in codes:
            break
    many = f"{len(told)} attempt{'s' * (len(told) > 1)}"
    said = why(Path(f"{log}.errors").read_text())
    raise RuntimeError(f"given up after {many}; the last said: {said}")


def why(errors: str) -> str:
    """Return what a worker stopped for, of all that a team wrote: 500 characters.

    The first that stops has the cause; a worker it leaves may end with pages of JAX's
    C++ frames. Where none came to say why, the end is all there is.
    """
    found = re.search(r"^worker \d+ stopped: ", errors, re.MULTILINE)
    return errors[found.start() :][:500] if found else errors[-500:]


def report(told: list[dict]) -> str:
    """Write what `train` returned as lines."""
    lines = []
    for number, attempt in enumerate(told, 1):
        lines.append(f"attempt {number}")
        for row in attempt["rows"]:
            lines.append(
                f"  epoch {row['epoch']}: loss {row['loss']:.4f}, "
                f"{row['seconds']:.1f} s"
            )
        if any(attempt["codes"]):
            lines.append(
                f"  exit codes {attempt['codes']}; "
                f"{attempt['seconds']:.1f} s later none was running"
            )
    return "\n".join(lines)


def main() -> None:
    """Read the options, train, tell what happened."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for field in fields(Job)[1:]:
        parser.add_argument(f"--{field.name}", type=field.type, default=field.default)
    parser.add_argument("--folder", help="where checkpoints go; a new one if not given")
    parser.add_argument("--kill", type=int, help="the worker to lose, from 0")
    options = vars(parser.parse_args())
    kill, folder = options.pop("kill"), options.pop("folder")
    folder = folder or tempfile.mkdtemp(prefix="workers-")
    print(f"Checkpoints and logs: {folder}", file=sys.stderr, flush=True)
    try:
        print(report(train(Job(folder, **options), kill)))
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and no worker is left
    main()
