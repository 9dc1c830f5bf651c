"""The book and the slides for the phones in the room: `make serve PORT=8000`.

Serves build/book and build/slides, whichever is there, and nothing else of this folder,
to everybody in the same network, until Ctrl-C.
"""

import os
import socket
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"
SERVED = {"book": "the book", "slides": "the slides"}


class Pages(SimpleHTTPRequestHandler):
    """Files of the served folders; a folder shows its index, or is not found."""

    def send_head(self):
        """Answer, or say that there is no such page."""
        path = Path(self.translate_path(self.path)).resolve()
        folders = [(Path(self.directory) / name).resolve() for name in SERVED]
        if self.path == "/":
            self.send_response(302)
            self.send_header("Location", f"/{found(Path(self.directory))[0]}/")
            self.end_headers()
            return None
        if not any(path.is_relative_to(folder) for folder in folders):
            self.send_error(404)
            return None
        return super().send_head()

    def list_directory(self, path):
        """List the decks; of other folders nothing."""
        if Path(path).resolve() == Path(self.directory, "slides").resolve():
            return super().list_directory(path)
        return self.send_error(404)

    def log_message(self, *args):
        """Keep quiet: who reads what is nobody's business."""


class Server(ThreadingHTTPServer):
    """On Windows a port that may be used again is one that two programs may have."""

    allow_reuse_address = os.name == "posix"


def found(build: Path) -> list[str]:
    """Return which folders are there."""
    return [name for name in SERVED if (build / name).is_dir()]


def address() -> str:
    """Return this machine's address in its network; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation: nobody's
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def server(build: Path, port: int) -> Server:
    """Return a server for all addresses of this machine; exit where it cannot be."""
    if not found(build):
        sys.exit("There is nothing to serve yet: first `make book` or `make slides`.")
    try:
        return Server(("", port), partial(Pages, directory=str(build)))
    except (OSError, OverflowError) as error:
        sys.exit(f"Port {port} cannot be used ({error}): make serve PORT=8001")


def main(arguments: list[str]) -> None:
    """Serve until Ctrl-C, and say where."""
    port = arguments[0] if arguments else "8000"
    if not port.isdecimal():
        sys.exit(f"{port} is no port: make serve PORT=8001")
    pages = server(BUILD, int(port))
    for name in found(BUILD):
        print(
            f"{SERVED[name]}:\n\n    http://{address()}:{pages.server_port}/{name}/\n"
        )
    print(
        "Everybody in this network can read these pages, and nothing else. Ctrl-C ends."
    )
    try:
        pages.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
