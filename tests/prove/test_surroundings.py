"""Each condition is what it says, as a process that is started in it sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.prove import store, surroundings

PROBE = """
import json, locale, os, sys, time
try:
    open(sys.argv[1], "x").close()
    written = True
except OSError as error:
    written = error.strerror
processors = getattr(os, "sched_getaffinity", lambda _: [0])(0)
print(json.dumps({"written": written, "zone": time.timezone, "folder": os.getcwd(),
    "utf8": sys.flags.utf8_mode, "encoding": locale.getencoding(),
    "processors": len(processors), "isa": os.environ.get("ONEDNN_MAX_CPU_ISA")}))
"""


def seen(name):
    """Return what a process sees in these surroundings, and the surroundings."""
    try:
        with surroundings.made(name) as where:
            mark = where.root / "build" / f"written.{os.getpid()}"
            mark.parent.mkdir(exist_ok=True)
            command = [*where.before, sys.executable, "-c", PROBE, str(mark)]
            environment = os.environ | where.settings
            said = subprocess.check_output(
                command, cwd=where.folder, env=environment, text=True
            )
            mark.unlink(missing_ok=True)
            return json.loads(said), where
    except surroundings.NotHereError as error:
        pytest.skip(str(error))


def test_as_it_is_nothing_is_changed():
    found, where = seen("as it is")
    assert found["written"] is True and found["isa"] is None
    assert Path(found["folder"]) == where.root == store.ROOT


def test_settings_reach_a_process():
    assert seen("AVX2")[0]["isa"] == "AVX2"
    assert seen("one thread")[0]["processors"] == 1
    if hasattr(os, "sched_getaffinity"):
        assert len(os.sched_getaffinity(0)) == os.cpu_count(), "only for a while"


@pytest.mark.skipif(sys.platform != "linux", reason="locales and zones of Linux")
def test_locale_and_time_zone_are_others():
    found, _ = seen("C locale")
    assert found["utf8"] == 0 and found["encoding"] in ("ANSI_X3.4-1968", "US-ASCII")
    assert seen("time zone")[0]["zone"] == -(12 * 60 + 45) * 60


def test_another_folder_is_outside_the_course():
    found, where = seen("other folder")
    folder = Path(found["folder"]).resolve()
    assert not folder.is_relative_to(store.ROOT) and where.root == store.ROOT


def test_a_read_only_checkout_cannot_be_written_and_others_see_no_mount(tmp_path):
    found, where = seen("read-only")
    assert found["written"] == "Read-only file system"
    assert Path(found["folder"]) == store.ROOT
    (store.ROOT / "build" / "still.written").touch()
    (store.ROOT / "build" / "still.written").unlink()


def test_a_copy_has_what_git_has():
    with surroundings.made("odd path") as where:
        assert " " in where.root.name and not where.root.name.isascii()
        assert (where.root / "notebooks" / "01_images.ipynb").is_file()
        assert (where.root / "helpers" / "files.py").is_file()
        assert (
            not (where.root / ".git").exists() and not (where.root / "build").exists()
        )
