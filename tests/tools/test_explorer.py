"""`make picture` photographs a page with one number explained."""

import os

import pytest
from PIL import Image

from helpers import explorer, models
from tests import browsers
from tools.explorer import SIZE, photograph


def test_a_picture_of_a_page(tmp_path):
    if browsers.missing("chromium") and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip(browsers.missing("chromium"))
    names = [f"class {k}" for k in range(10)]
    page = explorer.write(models.build_cnn(), tmp_path / "x.html", names)
    photograph(page, tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size == (SIZE["width"], SIZE["height"])
        detail = picture.convert("RGB").crop((600, 600, 1100, 980))
        assert len(detail.getcolors(1 << 20)) > 100  # the maps, the tables
    assert (tmp_path / "x.png").stat().st_size < 300_000
