"""One file, whole or not at all, that may load and run nothing but itself."""

import base64
import json
import re
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from helpers import explorer, models
from helpers.explorer import document, toys
from helpers.quiet import keras

NAMES = list("abcdefghij")
PHOTO = np.zeros((40, 50, 3), "uint8")


@pytest.fixture(scope="module")
def model():
    return models.build_cnn()


def test_a_small_file_that_names_nothing_outside(model, tmp_path):
    path = explorer.write(model, tmp_path / "mine.html", NAMES, [PHOTO])
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 1_200_000 and [*tmp_path.iterdir()] == [path]
    outside = r"https?:|(src|href)=\"(?!data:)|<link(?! rel=\"icon\")|@import"
    assert not re.search(outside, text)
    [icon] = re.findall(r'<link rel="icon" href="data:image/svg.xml,(.*?)">', text)
    drawn = Path(__file__).parents[2] / "app" / "page" / "icon.svg"
    assert unquote(icon) == drawn.read_text(encoding="utf-8").strip()
    assert "{{" not in text
    network = json.loads(re.search(r'id="network">(.*?)</script>', text)[1])
    assert network["class_names"] == NAMES and network["shape"] == [32, 32, 3]
    assert network["title"] == "What cnn sees" and len(network["photos"]) == 1


def test_the_strong_network_stays_small(tmp_path):
    model = models.load_trained("cifar10")
    path = explorer.write(model, tmp_path / "x.html", NAMES)
    assert path.stat().st_size < 2_500_000


def test_the_policy_names_the_script_and_the_style_alone(model, tmp_path):
    text = explorer.write(model, tmp_path / "x.html", NAMES).read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="(.*?)"', text)[1]
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(sha256(inside.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy


def test_no_two_scripts_declare_the_same_name():
    """They share one scope in the page; a second function would replace the first."""
    names = Counter()
    for script in {*document.SCRIPTS, *toys.SCRIPTS}:
        text = (document.HERE / script).read_text(encoding="utf-8")
        pattern = r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)"
        names.update(re.findall(pattern, text, re.MULTILINE))
    assert len(names) > 60
    assert [name for name, times in names.items() if times > 1] == []


def test_every_script_is_in_a_page():
    used = {*document.SCRIPTS, *toys.SCRIPTS}
    assert {p.name for p in document.HERE.glob("*.js")} == used


REFUSED = {
    'must end in ".html"': {"path": "mine.htm"},
    "has 10 classes, class_names 2": {"class_names": ["a", "b"]},
    r"takes \(None, 8, 8, 1\), not images": {"size": (8, 8, 1)},
    "takes images of any size": {"size": (None, None, 3)},
    r"any size \(None, None, 8, 3\): give": {"size": (None, 8, 3)},
    r"takes \(None, 8\), not images": {"size": (8,)},
    r"gives \(None, 8, 8, 3\), not scores": {"size": (8, 8, 3)},
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_does_not_fit_is_refused_and_no_file_is_left(said, model, tmp_path):
    case = {"path": "x.html", "class_names": NAMES} | REFUSED[said]
    if size := case.pop("size", None):
        model = keras.Sequential([keras.Input(size), keras.layers.ReLU()])
    with pytest.raises(ValueError, match=said):
        explorer.write(model, tmp_path / case["path"], case["class_names"])
    assert not [*tmp_path.iterdir()]


def test_a_page_that_cannot_be_written_leaves_the_old_one(model, tmp_path):
    old = tmp_path / "x.html"
    old.write_text("mine")
    with pytest.raises(ValueError, match="not .4, 4, 7."):
        explorer.write(model, old, NAMES, [np.zeros((4, 4, 7), "uint8")])
    assert old.read_text() == "mine" and [*tmp_path.iterdir()] == [old]


def test_a_page_replaces_a_page_and_no_other_file(model, tmp_path):
    path = tmp_path / "x.html"
    explorer.write(model, path, NAMES, title="old")
    explorer.write(model, path, NAMES, title="new")
    assert '"title": "new"' in path.read_text(encoding="utf-8")
    path.write_text("<p>my diary</p>", encoding="utf-8")
    with pytest.raises(
        ValueError, match="x.html is no page of a network: give another"
    ):
        explorer.write(model, path, NAMES)
    with pytest.raises(ValueError, match="is no page of a network"):
        explorer.toy("kernel").save(path)
    assert path.read_text(encoding="utf-8") == "<p>my diary</p>"


def test_a_folder_that_is_not_there(model, tmp_path):
    with pytest.raises(ValueError, match="is no folder"):
        explorer.write(model, tmp_path / "no" / "x.html", NAMES)


def test_a_network_that_takes_several_images_is_refused(tmp_path):
    given = [keras.Input((8, 8, 3)) for _ in range(4)]
    model = keras.Model(given, keras.layers.Add()(given))
    with pytest.raises(ValueError, match="the network takes .*, not images"):
        explorer.write(model, tmp_path / "x.html", NAMES)


def told(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="network">(.*?)</script>', text)[1])


def test_photos_are_carried_as_they_are_at_most_96_pixels_wide(model, tmp_path):
    file = tmp_path / "mine.png"
    Image.fromarray(np.zeros((300, 400, 3), "uint8")).save(file)
    shapes = [(30, 40, 3), (40, 30, 3), (200, 300, 3)]
    photos = [file, *(np.zeros(shape, "uint8") for shape in shapes)]
    carried = told(explorer.write(model, tmp_path / "x.html", NAMES, photos))["photos"]
    assert [opened(address).size for address in carried] == [
        (side, side) for side in (96, 30, 30, 96)
    ]


def opened(address):
    return Image.open(BytesIO(base64.b64decode(address.partition("base64,")[2])))


def small(*layers):
    return keras.Sequential(
        [keras.Input((8, 8, 3)), *layers, keras.layers.Flatten(), keras.layers.Dense(2)]
    )


def test_an_earlier_network_has_the_same_layers_and_other_weights(tmp_path):
    path, now, before = tmp_path / "x.html", small(), small()
    both = told(explorer.write(now, path, "ab", before=before))
    assert both["before"] == told(explorer.write(before, path, "ab"))["numbers"]
    assert both["before"] != both["numbers"]
    for other in (small(keras.layers.ReLU()), small(keras.layers.Dropout(0.5))):
        with pytest.raises(ValueError, match="^before must have the layers of the net"):
            explorer.write(now, path, "ab", before=other)
