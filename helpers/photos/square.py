"""The middle square of a picture, upright and small, without a second large picture."""

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

AT_A_TIME = 1 << 20  # pixels
METHODS = Image.Transpose


class Turn(NamedTuple):
    """How a picture is stored: rows for columns, from the right, from below."""

    swapped: bool
    from_right: bool
    from_below: bool
    method: Image.Transpose | None  # that brings it upright


TURNS = {  # by EXIF's orientation
    1: Turn(False, False, False, None),
    2: Turn(False, True, False, METHODS.FLIP_LEFT_RIGHT),
    3: Turn(False, True, True, METHODS.ROTATE_180),
    4: Turn(False, False, True, METHODS.FLIP_TOP_BOTTOM),
    5: Turn(True, False, False, METHODS.TRANSPOSE),
    6: Turn(True, False, True, METHODS.ROTATE_270),
    7: Turn(True, True, True, METHODS.TRANSVERSE),
    8: Turn(True, True, False, METHODS.ROTATE_90),
}
UPRIGHT = TURNS[1]


def _middle(full, decoded, turn, scale):
    """Return the upright picture's middle square as left, top, right, bottom.

    An odd pixel is cut at the right or below. `full` is the size of the file, `decoded`
    that of the picture, `scale` times smaller and rounded up: where it is counted from
    the far end, the part of a pixel that was added lies in front.
    """
    added = [small - n / scale for small, n in zip(decoded, full, strict=True)]
    added = [added[0] * turn.from_right, added[1] * turn.from_below]
    if turn.swapped:
        full, added = full[::-1], added[::-1]
    side = min(full)
    begin = [(n - side) // 2 / scale for n in full]
    left, top = (b + more for b, more in zip(begin, added, strict=True))
    return left, top, left + side / scale, top + side / scale


def _as_stored(box, size, turn):
    """Return where a box of the upright picture lies in the picture as it is stored."""
    left, top, right, bottom = box
    if turn.swapped:
        left, top, right, bottom = top, left, bottom, right
    if turn.from_right:
        left, right = size[0] - right, size[0] - left
    if turn.from_below:
        top, bottom = size[1] - bottom, size[1] - top
    return left, top, right, bottom


def shrink(image, size, convert=lambda strip: strip, turn=UPRIGHT, full=None, scale=1):
    """Cut out the middle square and resize it: image -> `(size, size, 3) uint8`.

    `image` is one of Pillow's, `scale` times smaller than its file, which has the size
    `full`. `convert` makes RGB of a few rows at a time, so that only the picture itself
    is held whole; bit for bit the result is that of all rows at once, since Pillow too
    resizes rows first and columns then.
    """
    left, top, right, bottom = _middle(full or image.size, image.size, turn, scale)
    first, last = math.floor(left), math.ceil(right)
    begin, end = math.floor(top), math.ceil(bottom)
    narrow = Image.new("RGB", (size, end - begin))
    rows = max(1, AT_A_TIME // (last - first))
    for row in range(begin, end, rows):
        after = min(row + rows, end)
        box = _as_stored((first, row, last, after), image.size, turn)
        strip = image.crop(box)
        if turn.method is not None:
            strip = strip.transpose(turn.method)
        strip = convert(strip)
        across = (left - first, 0, right - first, after - row)
        strip = strip.resize((size, after - row), Image.Resampling.LANCZOS, across)
        narrow.paste(strip, (0, row - begin))
    down = (0, top - begin, size, bottom - begin)
    return np.array(narrow.resize((size, size), Image.Resampling.LANCZOS, down))
