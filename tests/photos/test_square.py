"""A picture in strips against the whole picture, which Pillow crops and resizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from helpers.photos import square
from tests.test_photos import STORED


def whole(picture: np.ndarray, size: int) -> np.ndarray:
    """Cut out the middle of an upright picture and resize all of it at once."""
    height, width = picture.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    middle = Image.fromarray(picture[top : top + side, left : left + side])
    return np.array(middle.resize((size, size), Image.Resampling.LANCZOS))


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.integers(1, 40),
    st.sampled_from(sorted(STORED)),
    st.sampled_from([1, 100, 1000, 1 << 20]),
)
def test_strips_give_what_the_whole_gives(height, width, size, orientation, most):
    values = np.random.default_rng(height * 100 + width)
    upright = values.integers(0, 256, (height, width, 3), dtype="uint8")
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](upright)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(square, "AT_A_TIME", most)
        seen = square.shrink(stored, size, turn=square.TURNS[orientation])
    np.testing.assert_array_equal(seen, whole(upright, size))


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_a_picture_decoded_smaller_keeps_its_middle(orientation, scale):
    """A ramp of one grey level a pixel: a shift of half a pixel would show."""
    ramp = np.arange(203)[:, None] + np.zeros(171)  # (203, 171)
    for upright in (ramp, ramp[::-1], ramp.T, ramp.T[:, ::-1]):
        stored = STORED[orientation](upright[..., None])[..., 0]
        height, width = stored.shape
        rows = [stored[i : i + scale].mean(axis=0) for i in range(0, height, scale)]
        columns = np.stack(rows)
        small = [columns[:, i : i + scale].mean(1) for i in range(0, width, scale)]
        decoded = Image.fromarray(np.stack(small, axis=1).round().astype("uint8"))
        seen = square.shrink(
            decoded,
            5,
            lambda strip: strip.convert("RGB"),
            square.TURNS[orientation],
            (width, height),
            scale,
        )
        expected = whole(upright.astype("uint8"), 5)
        assert np.abs(seen[1:-1, 1:-1, 0] - expected[1:-1, 1:-1].astype(int)).max() <= 1


def test_what_rounding_added_lies_in_front_of_what_is_counted_from_the_far_end():
    """Of 10 x 13 pixels by four: half a pixel too wide, three quarters too high."""
    upright = square._middle((10, 13), (3, 4), square.TURNS[1], 4)
    turned = square._middle((10, 13), (3, 4), square.TURNS[3], 4)
    assert upright == (0, 0.25, 2.5, 2.75)
    assert turned == (0.5, 1, 3, 3.5)


def test_only_a_few_rows_are_converted_at_a_time():
    sizes = []

    def convert(strip):
        sizes.append(strip.width * strip.height)
        return strip

    square.shrink(Image.new("RGB", (1500, 2000)), 32, convert)
    assert len(sizes) == 3 and max(sizes) <= square.AT_A_TIME
