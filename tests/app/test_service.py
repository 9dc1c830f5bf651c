"""The service over HTTP: what it answers, from which network, and what it costs."""

import json
import os
import shutil
import subprocess
import sys

import httpx
import numpy as np
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from helpers import photos
from tests.app import serving
from tests.test_photos import LOSSLESS, STORED, block, encode, scene, turned

CARD = serving.ROOT / "app" / "model" / "fast_cnn_cifar10.json"
GOLDEN = encode(scene(480, 640), "PNG")


@pytest.fixture(scope="module")
def keras_model():
    from helpers import models

    return models.load_trained("cifar10")


def test_every_answer_names_the_network(service):
    card = json.loads(CARD.read_text())
    answers = [
        service.post(GOLDEN),
        service.post(GOLDEN, "/explain"),
        service.post(b""),
        httpx.get(f"{service.address}/health"),
        httpx.get(f"{service.address}/nowhere"),
        httpx.get(f"{service.address}/predict"),
    ]
    assert [x.status_code for x in answers] == [200, 200, 422, 200, 404, 405]
    for answer in answers:
        found = answer.json()
        assert found["model"] == "fast_cnn_cifar10"
        assert found["model_sha256"] == card["sha256"]


def test_the_golden_image_gets_the_scores_of_keras(service, keras_model):
    found = service.post(GOLDEN).json()
    pixels = photos.load_photo(GOLDEN)
    expected = keras_model.predict(pixels[None], verbose=0)[0]
    scores = list(found["scores"].values())
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-5)
    assert list(found["scores"])[expected.argmax()] == found["class"]
    assert len(scores) == 10 and sum(scores) == pytest.approx(1, abs=1e-5)
    assert expected.max() - expected.min() > 0.1  # no network that says always the same


def test_the_map_is_that_of_the_course(service, keras_model):
    from helpers.insight import attribution

    found = service.post(GOLDEN, "/explain").json()
    pixels = photos.load_photo(GOLDEN)
    assert found["pixels"] == pixels.tolist()
    label = list(found["scores"]).index(found["class"])
    expected = attribution.occlusion(keras_model, pixels, label)
    np.testing.assert_allclose(found["drops"], expected, rtol=0, atol=1e-5)
    assert np.ptp(expected) > 0.01


def phone_photo() -> tuple[bytes, np.ndarray]:
    """Return a 12-megapixel JPEG taken with the phone held upright, and its pixels."""
    smooth = np.asarray(Image.fromarray(scene(300, 400)).resize((4032, 3024)))
    noise = np.random.default_rng(0).integers(0, 48, (3024, 4032, 1), dtype="uint8")
    upright = smooth // 2 + noise
    stored = STORED[6](upright)
    return encode(stored, "JPEG", quality=98, exif=turned(6)), upright


def test_a_phones_photo_just_works(service):
    data, upright = phone_photo()
    assert 9e6 < len(data) < 12 * 2**20
    answer = service.post(data, "/explain")
    assert answer.status_code == 200, answer.text
    gap = np.array(answer.json()["pixels"]) - photos.to_input(upright).astype(int)
    assert np.abs(gap).max() <= 3


@pytest.mark.parametrize(
    "data",
    [
        encode(Image.fromarray(scene()).convert("CMYK"), "JPEG"),
        encode(scene()[..., 0].astype("uint16") * 257, "PNG"),
        encode(Image.fromarray(scene()).convert("P"), "PNG", transparency=3),
        encode(scene()[..., 0], "PNG"),
        encode(block((10, 20, 30), side=1), "PNG"),
        encode(scene(), "WEBP", **LOSSLESS),
    ],
    ids=["CMYK", "16 bits", "palette with alpha", "grey", "1 x 1", "WEBP"],
)
def test_every_kind_of_picture_is_taken(service, data):
    answer = service.post(data, "/explain")
    assert answer.status_code == 200, answer.text
    assert answer.json()["pixels"] == photos.load_photo(data).tolist()


def test_it_starts_soon_in_little_memory(service):
    print(f"started in {service.seconds:.2f} s, {service.megabytes('VmRSS'):.0f} MB")
    assert service.seconds < 15  # measured alone: see benchmarks/results/load.json
    assert service.megabytes("VmRSS") < 150


@pytest.mark.parametrize("path", ["/", "/docs", "/health"])
def test_head_is_answered_as_get_without_a_body(service, path):
    head, get = (ask(service.address + path) for ask in (httpx.head, httpx.get))
    assert head.status_code == 200 and not head.content
    assert head.headers["content-length"] == get.headers["content-length"]


def test_it_needs_no_tensorflow():
    program = (
        "import sys; from app import service; service.build(); "
        "print({'tensorflow', 'keras', 'jax', 'torch', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=serving.ROOT
    )
    assert done.stdout.decode().strip() == "set()", done.stderr.decode()


@pytest.mark.parametrize("fault", ["changed", "missing"])
def test_it_refuses_a_model_of_unknown_hash(tmp_path, fault):
    for name in ("app", "helpers"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(serving.ROOT / name, tmp_path / name, ignore=skipped)
    model = tmp_path / "app" / "model" / "fast_cnn_cifar10.tflite"
    content = bytearray(model.read_bytes())
    content[1_000_000] ^= 1
    model.write_bytes(content) if fault == "changed" else model.unlink()
    done = subprocess.run(
        [sys.executable, "-m", "app", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 1
    said = done.stderr.decode().strip().splitlines()[-1]
    words = "has an unknown hash" if fault == "changed" else "is missing"
    assert f"does not start: fast_cnn_cifar10.tflite {words}" in said
    assert "make export" in said


PICTURES = [GOLDEN, encode(scene(), "JPEG"), encode(scene(), "WEBP")]
schemathesis.openapi.format("binary", st.sampled_from(PICTURES))


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode))
def test_it_does_what_its_description_says(service, mode):
    described = schemathesis.openapi.from_url(f"{service.address}/openapi.json")
    # in a loop, because schemathesis 4.32's fixtures do not work with pytest 9.2
    asked = {
        operation.ok().label: operation.ok()
        for operation in described.get_all_operations()
    }
    assert set(asked) == {f"POST /{name}" for name in ("predict", "explain")} | {
        "GET /health",
        "GET /model",
    }
    if mode == schemathesis.GenerationMode.NEGATIVE:
        del asked["GET /health"], asked["GET /model"]  # nothing could be wrong
    for operation in asked.values():

        @settings(max_examples=20)
        @given(operation.as_strategy(generation_mode=mode))
        def check(case):
            answer = case.call()
            sent = answer.request.body or b""
            # an extra field that is empty is not sent, and the form is a good one then
            parts = sent.count(b"form-data; name=")
            good = parts == 1 and b'name="image"; filename="' in sent
            negative = mode == schemathesis.GenerationMode.NEGATIVE
            if not (negative and good and answer.status_code == 200):
                case.validate_response(answer)

        check()
