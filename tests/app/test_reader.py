"""The process that reads photos: what it answers, and what happens when it cannot."""

from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import numpy as np
import psutil
import pytest
from PIL import Image

from app import reader
from tests.test_photos import encode, scene

SMALL = encode(scene(), "PNG")


@contextmanager
def started():
    """Yield a reader whose process ends with the block."""
    made = reader.Reader(8)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


@pytest.fixture(scope="module")
def one():
    with started() as made:
        yield made


def test_an_answer_has_room_for_pixels_and_for_a_sentence():
    assert reader.answer_bytes(32) == 1 + 32 * 32 * 3
    assert reader.answer_bytes(8) == 1 + 1000


def test_it_runs_where_the_course_is_whatever_the_service_was_started_from(one):
    there = psutil.Process(one.process.pid).cwd()
    assert Path(there).samefile(Path(__file__).parents[2])


def test_it_reads_one_photo_after_another_and_says_why_not(one):
    process = one.process
    assert one.read(SMALL).shape == (8, 8, 3)
    with pytest.raises(ValueError, match="^the file is empty: choose"):
        one.read(b"")
    grey = encode(Image.new("RGB", (40, 40), (9, 8, 7)), "PNG")
    np.testing.assert_array_equal(one.read(grey)[3, 3], [9, 8, 7])
    assert one.process is process


def test_one_that_takes_too_long_is_ended_soon_and_the_next_is_read(one, monkeypatch):
    large = encode(Image.new("RGB", (7000, 7000)), "PNG")
    process = one.process
    monkeypatch.setattr(reader, "SECONDS", 0.05)
    with pytest.raises(ValueError) as refused:
        one.read(large)
    assert str(refused.value) == reader.UNREAD and one.process is not process
    monkeypatch.undo()
    assert one.read(SMALL).shape == (8, 8, 3)


def test_a_slow_start_is_no_fault_of_the_photo(monkeypatch):
    """A virus scanner may look through every library first."""
    monkeypatch.setattr(reader, "SECONDS", 3)
    with started() as made:
        slow = psutil.Process(made.process.pid)
        slow.suspend()
        Timer(6, slow.resume).start()
        assert made.read(SMALL).shape == (8, 8, 3)
        assert made.process.pid == slow.pid


def test_one_that_never_starts_is_ended_too(monkeypatch):
    monkeypatch.setattr(reader, "STARTING", 0.3)
    with started() as made:
        never = psutil.Process(made.process.pid)
        never.suspend()
        with pytest.raises(ValueError, match="takes too long to read"):
            made.read(SMALL)
        assert made.process.pid != never.pid
        monkeypatch.undo()
        assert made.read(SMALL).shape == (8, 8, 3)


def test_one_that_was_ended_from_outside_is_started_again(one):
    one.process.kill()
    one.process.wait()
    assert one.read(SMALL).shape == (8, 8, 3)
