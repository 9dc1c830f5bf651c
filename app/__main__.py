"""Start the service: `python -m app --port 8000`."""

import argparse
import errno
import socket
import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import uvicorn

from app import network
from app.callers import ALL, LOOPBACK
from app.connections import Protocol
from app.service import build

SERVED = Path(__file__).parents[1] / "build" / "served"
FAULTS = {
    errno.EADDRINUSE: "port {port} is in use: end the other program or choose --port",
    errno.EACCES: "port {port} is kept by this system: choose another above 1024",
    errno.EADDRNOTAVAIL: "{host} is no address of this machine: leave --host out",
}


def listen(host: str, port: int) -> socket.socket:
    """Return a socket at this address; ValueError says what to choose instead."""
    if not 0 <= port <= 65535:
        raise ValueError(
            f"--port must be from 0, any that is free, to 65535: not {port}"
        )
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        *kind, _, address = min(found)  # of localhost that of IPv4
        door = socket.socket(*kind)
        if sys.platform != "win32":  # where it would let two programs listen
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(2048)
        return door
    except (socket.gaierror, UnicodeError) as error:
        raise ValueError(f"no machine is called {host!r}: leave --host out") from error
    except OSError as error:
        fault = FAULTS.get(error.errno, f"{{host}}, port {{port}}: {error.strerror}")
        raise ValueError(fault.format(host=host, port=port)) from error


def names(host: str, others: list[str]) -> set[str]:
    """Return what the service answers to when it is started for a host."""
    found = {name.lower() for name in (host, *others)}
    found |= LOOPBACK if host in LOOPBACK | ALL else set()
    return found | ({socket.gethostname().lower()} if host in ALL else set())


def exported(model: Path) -> Path:
    """Return a `.tflite` file as it is, of a `.keras` file an export under build/."""
    if model.suffix != ".keras":
        return model
    if not model.is_file():
        raise ValueError(f"there is no {model}: correct the path")
    version = sha256(model.read_bytes()).hexdigest()[:16]
    target = SERVED / version / f"{model.stem}.tflite"
    target.parent.mkdir(parents=True, exist_ok=True)
    run = [sys.executable, "-m", "tools.export_model", str(model), str(target)]
    done = subprocess.run(run, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise ValueError((done.stderr.strip().splitlines() or ["no export"])[-1])
    return target


def main() -> None:
    """Serve until interrupted, or say in one sentence why not."""
    parser = argparse.ArgumentParser("python -m app")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0: all who ask")
    parser.add_argument("--port", default=8000, type=int, help="0: any that is free")
    more = {"help": "other names to answer to", "nargs": "+", "default": []}
    parser.add_argument("--name", **more)
    mine = {"help": "a .keras or .tflite file beside its card", "type": Path}
    parser.add_argument("--model", default=network.MODEL, **mine)
    options = parser.parse_args()
    try:
        door = listen(options.host, options.port)
        model = exported(options.model)
        app = build(names(options.host, options.name), model)
    except ValueError as error:
        sys.exit(f"the service does not start: {error}")
    config = uvicorn.Config(
        app,
        http=Protocol,
        ws="none",
        headers=[("X-Content-Type-Options", "nosniff")],
        access_log=False,
        log_level="error",  # strangers' mistakes would fill the log
        timeout_graceful_shutdown=3,
    )
    host, port = door.getsockname()[:2]
    at = f"[{host}]" if ":" in host else host
    print(f"The service answers at http://{at}:{port} until Ctrl+C.", flush=True)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[door])


if __name__ == "__main__":
    main()
