"""Pictures show every number they are given."""

import numpy as np
import pytest

from helpers import plots

IMAGES = np.zeros((7, 8, 8, 3), dtype=np.uint8)


def texts(ax) -> list[str]:
    inside = ax.transData  # the axes' own numbers stand beside
    return [t.get_text() for t in ax.texts if t.get_transform() == inside]


def test_grid_writes_every_number_and_leaves_nan_empty():
    ax = plots.grid([[1, np.nan], [-2.5, -0.0]])
    assert texts(ax) == ["1", "-2.5", "0"]
    assert [t.get_text() for t in ax.texts][3:] == ["0", "1", "0", "1"]
    ax = plots.grid([[1, np.nan], [-2.5, -0.0]], indices=False)
    assert [t.get_text() for t in ax.texts] == ["1", "-2.5", "0"]


def test_a_grids_indices_stand_beside_it_each_at_its_row_or_column():
    ax = plots.grid(np.zeros((2, 3)))
    columns, rows = ax.texts[6:9], ax.texts[9:]
    assert [(t.get_text(), t.get_position()[0]) for t in columns] == [
        ("0", 0),
        ("1", 1),
        ("2", 2),
    ]
    assert [(t.get_text(), t.get_position()[1]) for t in rows] == [("0", 0), ("1", 1)]
    ax.figure.canvas.draw()
    inside = ax.get_window_extent()
    assert all(t.get_window_extent().y1 <= inside.y0 for t in columns)
    assert all(t.get_window_extent().x1 <= inside.x0 for t in rows)


def test_signed_grid_has_white_at_zero():
    drawn = plots.grid([[-1, 4]], signed=True).get_images()[0]
    assert drawn.norm.vmin == -drawn.norm.vmax


def test_window_step_fills_the_map_up_to_the_step():
    picture, detector = np.eye(4, dtype=int), np.eye(2, dtype=int)
    feature_map = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2]])
    axes = plots.window_step(picture, detector, feature_map, 1, 1)
    assert texts(axes[2]) == ["2", "0", "0", "0", "2"]
    assert axes[1].get_title().endswith("sum 2")


def test_side_by_side_and_gallery_place_every_array():
    assert len(plots.side_by_side(plots.image, IMAGES[:3], "abc")) == 3
    with pytest.raises(ValueError):
        plots.side_by_side(plots.image, IMAGES[:3], "ab")
    axes = plots.gallery(IMAGES, [str(k) for k in range(7)], columns=3, heading="h")
    assert [ax.get_title() for ax in axes] == [str(k) for k in range(7)]


def test_strips_stack_each_batch():
    axes = plots.strips([IMAGES[:2], IMAGES[:3]], ["a", "b"], heading="h")
    assert [ax.get_images()[0].get_array().shape[0] for ax in axes] == [16, 24]
