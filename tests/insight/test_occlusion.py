"""Occlusion's arithmetic, on scores that anybody can compute by hand."""

import numpy as np
import pytest

from helpers.insight import occlusion

IMAGE = np.zeros((8, 10, 3), "uint8")
IMAGE[2:4, 6:8] = 200


def brightness(images):
    """Two classes: the mean of all numbers, and what is left of 255."""
    mean = images.reshape(len(images), -1).mean(axis=1)
    return np.stack([mean, 255 - mean], axis=1)


def test_a_square_over_the_only_light_takes_it_away():
    drop = occlusion.drops(brightness, IMAGE, 0, size=2, step=2)
    assert drop.shape == (8, 10)
    mean = int(IMAGE[..., 0].mean())  # of the cover, cut to whole numbers
    squares = 80 / 4
    assert np.allclose(drop[2:4, 6:8], (200 - mean) / squares)
    assert np.allclose(drop[0, 0], -mean / squares)
    np.testing.assert_allclose(
        occlusion.drops(brightness, IMAGE, 1, size=2, step=2), -drop, atol=1e-9
    )


def test_squares_of_eight_move_by_two_unless_told():
    image = np.random.default_rng(0).integers(0, 256, (16, 20, 3), "uint8")
    drop = occlusion.drops(brightness, image, 0)
    assert np.array_equal(drop, occlusion.drops(brightness, image, 0, 8, 2))
    assert not np.array_equal(drop, occlusion.drops(brightness, image, 0, 7, 2))


@pytest.mark.parametrize("size, step", [(3, 3), (8, 5), (1, 1), (7, 2)])
def test_every_pixel_is_covered(size, step):
    """Steps may not end at the edge; one more square does."""
    seen = []
    occlusion.drops(lambda x: seen.append(x) or brightness(x), IMAGE + 9, 0, size, step)
    (images,) = seen
    changed = (images[1:] != images[0]).any(axis=(0, 3))
    assert changed.all()


@pytest.mark.parametrize("size, step", [(0, 2), (9, 2), (4, 0), (2, 3)])
def test_squares_that_do_not_suit_are_refused(size, step):
    with pytest.raises(ValueError, match=f"a square of {size} every {step} pixels"):
        occlusion.drops(brightness, IMAGE, 0, size, step)


def test_a_pixel_gets_the_average_of_the_squares_that_covered_it():
    def light(images):  # of one pixel, which several squares cover
        return images[:, 3, 4].mean(axis=1, keepdims=True)

    image = np.full((6, 7, 1), 10.0)
    image[3, 4] = 52
    drop = 52 - image.mean()
    found = occlusion.drops(light, image, 0, size=3, step=1)
    for row, column in [(3, 4), (1, 4), (0, 0), (5, 6), (2, 3)]:
        squares = [
            (r <= 3 < r + 3) and (c <= 4 < c + 3)
            for r in range(4)
            for c in range(5)
            if r <= row < r + 3 and c <= column < c + 3
        ]
        assert found[row, column] == pytest.approx(drop * np.mean(squares))
