"""Start the service: `python -m app --port 8000`."""

import argparse
import sys

import uvicorn

from app.service import build


def main() -> None:
    """Serve until interrupted; refuse, in one sentence, a model of unknown hash."""
    parser = argparse.ArgumentParser("python -m app")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0: all who ask")
    parser.add_argument("--port", default=8000, type=int)
    options = parser.parse_args()
    try:
        app = build()
    except ValueError as error:
        sys.exit(f"the service does not start: {error}")
    # h11 goes on reading what a refused client still sends, so that it gets the answer
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        http="h11",
        ws="none",
        access_log=False,
        limit_concurrency=1000,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
