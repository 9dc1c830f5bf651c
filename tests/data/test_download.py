"""The download, from servers that misbehave."""

import hashlib
import io
import pickle
import subprocess
import sys
import tarfile

import pytest

from helpers.data import cache, cifar10, download
from tests.data.faulty_server import PIECE, FaultyServer
from tests.data.small import (
    ASKING,
    DIGITS,
    Mischief,
    assert_is_small,
    load,
    never,
    sha256,
)

MD5 = hashlib.md5(b"abc").hexdigest()

WORDS = {
    "closes": None,  # recovers by itself
    "stalls": "stalled",
    "trickles": "stalled",
    "silent": "did not answer",
    "garbage": "did not answer",
    "missing": "answered with error 404",
    "login": "sent something else",
    "endless_login": "sent something else",
    "redirect": "sent something else",
    "wrong": "sent wrong content",
    "wrong_and_closes": "sent wrong content",
    "ignores_range_and_closes": "closed the connection early",
}


@pytest.mark.parametrize("fault", WORDS)
def test_faulty_mirror_then_a_good_one(capsys, small, mirrors, server, fault):
    mirrors(fault, "good")
    assert_is_small(load(), small)
    assert "downloaded from 127.0.0.1: 40 training" in capsys.readouterr().out
    kept = {
        "closes": len(small.tar),
        "stalls": PIECE,
        "ignores_range_and_closes": PIECE,
    }
    if fault != "trickles":  # of which nobody knows how much arrived
        assert server.sent["good"] == len(small.tar) - kept.get(fault, 0)


@pytest.mark.parametrize("fault", [fault for fault in WORDS if WORDS[fault]])
def test_only_faulty_mirrors(tmp_path, capsys, mirrors, fault):
    mirrors(fault, "missing")
    words = f"127.0.0.1 {WORDS[fault]}, 127.0.0.1 answered with error 404"
    assert load().name == "digits"
    printed = capsys.readouterr().out
    assert printed.startswith(
        f"{ASKING}{DIGITS}{words}; set CIFAR10_DIR to use a local copy): "
    )
    assert printed.count("\n") == 2
    assert not (tmp_path / "cache" / cache.CACHE).exists()


def test_no_server(monkeypatch, capsys, as_official):
    with FaultyServer(b"") as gone:
        urls = [gone.url("good")] * 2
    monkeypatch.setattr(cifar10, "MIRRORS", urls)
    assert load().name == "digits"
    assert "(no mirror answered; set CIFAR10_DIR" in capsys.readouterr().out


TUNNEL = "https://mirror.invalid/archive.tar.gz"  # which a proxy is asked for
REFUSED = "the proxy {} answered 501 Unsupported method ('CONNECT')"


@pytest.mark.parametrize("both", [False, True])
def test_what_mirrors_do_is_said_once_or_of_each(monkeypatch, tmp_path, server, both):
    with FaultyServer(b"") as gone:
        silent = gone.url("good")
    proxy = f"127.0.0.1:{server.server_port}"
    monkeypatch.setenv("https_proxy", f"http://{proxy}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    urls = [TUNNEL, TUNNEL if both else silent]
    with pytest.raises(ConnectionError) as raised:
        download.fetch(urls, tmp_path / "file", 3, MD5, patience=1)
    said = refused = REFUSED.format(proxy)
    if not both:
        said = f"mirror.invalid was not asked, because {refused}"
        said += ", 127.0.0.1 did not answer"
    assert str(raised.value) == said


def test_early_close_is_resumed(small, mirrors, server):
    mirrors("closes")
    assert_is_small(load(), small)
    starts = range(PIECE, len(small.tar), PIECE)
    assert server.ranges == [
        ("closes", None),
        *(("closes", f"bytes={start}-") for start in starts),
    ]
    assert server.sent["closes"] == len(small.tar)


def test_earlier_run_is_resumed(small, mirrors, server, part):
    part.write_bytes(small.tar[:100_000])
    mirrors("good")
    assert_is_small(load(), small)
    assert server.ranges == [("good", "bytes=100000-")]
    assert server.sent["good"] == len(small.tar) - 100_000


@pytest.mark.parametrize("more", [-1, 0, 1, 10_000_000])
def test_rotten_part_is_replaced(small, mirrors, server, part, more):
    """A server is asked for nothing that lies behind the end: it would refuse."""
    size = len(small.tar)
    part.write_bytes(bytes(size + more))
    mirrors("good")
    assert_is_small(load(), small)
    rest = [("good", f"bytes={size - 1}-")] if more < 0 else []
    assert server.ranges == [*rest, ("good", None)]


@pytest.mark.parametrize("fault", ["resets", "breaks_a_chunk"])
def test_a_connection_that_breaks_is_no_end(small, mirrors, part, fault):
    part.write_bytes(small.tar[:100_000])
    mirrors(fault, "good")
    assert_is_small(load(), small)


def test_a_file_that_is_complete_is_asked_for_no_more(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert download.fetch([], path, 3, MD5, 1) == "by an earlier run"


@pytest.mark.parametrize("digest", [MD5, sha256(b"abc")])
def test_complete_is_a_file_of_this_length_and_this_digest(tmp_path, digest):
    path = tmp_path / "file"
    assert not download.is_complete(path, 3, digest)
    path.write_bytes(b"abc")
    assert download.is_complete(path, 3, digest)
    for size in (2, 4):
        assert not download.is_complete(path, size, digest)
    for letter in "0f":
        assert not download.is_complete(path, 3, len(digest) * letter)


def test_ignored_range_spoils_nothing(small, mirrors, server, part):
    part.write_bytes(small.tar[:100_000])
    mirrors("ignores_range")
    assert_is_small(load(), small)
    assert server.sent["ignores_range"] == len(small.tar)


@pytest.mark.parametrize(
    "fault",
    [
        "login",
        "endless_login",
        "redirect",
        "missing",
        "silent",
        "other_range",
        "ignores_range_and_closes",
    ],
)
def test_good_part_survives(small, mirrors, server, part, fault):
    part.write_bytes(small.tar[:100_000])
    mirrors(fault)
    assert load().name == "digits"
    assert part.read_bytes() == small.tar[:100_000]
    asked = [name for name, _ in server.ranges]
    assert asked.count(fault) <= 1  # who brings nothing is not asked again


@pytest.mark.parametrize("rotten", [0, 100_000])
@pytest.mark.parametrize("fault", ["wrong", "wrong_and_closes"])
def test_wrong_bytes_are_deleted_unopened(
    monkeypatch, mirrors, server, part, fault, rotten
):
    monkeypatch.setattr(tarfile, "open", never)
    monkeypatch.setattr(cifar10, "ArrayUnpickler", never)
    part.write_bytes(bytes(rotten))
    mirrors(fault)
    assert load().name == "digits"
    assert not part.exists()
    assert server.ranges.count((fault, None)) == 1  # nobody waits for them twice


def test_the_progress_bar_counts_kilobytes(mirrors, small, capsys):
    mirrors("good")
    load()
    drawn = capsys.readouterr().err
    assert f"/{len(small.tar) / 1000:.0f}k [" in drawn
    assert drawn.endswith("\r")  # wiped out when all is there


def test_malicious_archive_is_never_opened(tmp_path, mirrors, server, small):
    content = pickle.dumps(Mischief(tmp_path / "harm"))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        member = tarfile.TarInfo(f"{cifar10.FOLDER}/data_batch_1")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    server.content = packed.getvalue().ljust(len(small.tar), b"\0")
    mirrors("good")
    assert load().name == "digits"
    assert not (tmp_path / "harm").exists()


def test_interrupted_then_resumed(monkeypatch, tmp_path, small, mirrors, server, part):
    class Interrupted:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, _):
            raise KeyboardInterrupt

    mirrors("good")
    with monkeypatch.context() as patched:
        patched.setattr(download, "progress_bar", lambda **_: Interrupted())
        with pytest.raises(KeyboardInterrupt):
            load()
    kept = part.read_bytes()
    assert 0 < len(kept) < len(small.tar) and small.tar.startswith(kept)
    assert_is_small(load(), small)
    assert server.ranges[-1] == ("good", f"bytes={len(kept)}-")


NO_WIDGETS = """
import sys, types
class ZMQInteractiveShell: pass
sys.modules["ipykernel.zmqshell"] = types.ModuleType("zmqshell")
sys.modules["IPython"] = ipython = types.ModuleType("IPython")
ipython.get_ipython = ZMQInteractiveShell
sys.modules["ipywidgets"] = sys.modules["IPython.html.widgets"] = None
from helpers.data import download
with download.progress_bar(desc="CIFAR-10", total=10, unit="B", unit_scale=True) as bar:
    bar.update(5)
"""


def test_progress_bar_without_widgets():
    run = [sys.executable, "-W", "always", "-c", NO_WIDGETS]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert "CIFAR-10:   0%|" in done.stderr and "arning" not in done.stderr
