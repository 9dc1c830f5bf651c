"""The page computes what Keras computes, in a real browser, from a file, offline."""

import base64
import re
from io import BytesIO

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from helpers import explorer, models, photos
from helpers.experiments import depth
from helpers.explorer.network import describe
from helpers.insight import graph
from helpers.quiet import keras
from tests import browsers
from tests.browsers import typed
from tests.test_photos import encode, scene

ALONE = pytest.mark.chromium_alone
NAMES = [f"class {k}" for k in range(10)]
IMAGES = np.stack([photos.to_input(scene(32 + i, 40)) for i in range(6)])
# one pass of the page's own code, for steps that are not the page's
RUN = """([told, image, shape]) => {
  const bytes = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
  const steps = readSteps(told);
  const outputs = forward(steps, tensor(shape, Float32Array.from(bytes)));
  return outputs.slice(1).filter((_, i) => steps[i].ends).map((y) => [...y.data]);
}"""


@pytest.fixture(scope="module")
def cnn(tmp_path_factory):
    path = tmp_path_factory.mktemp("pages") / "cnn.html"
    model = models.load_trained("cifar10", "cnn")
    return explorer.write(model, path, NAMES, IMAGES[:2], "A <b>bold</b> title")


@pytest.fixture
def opened(open_file, cnn):
    """Open the page of the CNN, or another."""

    def open_page(path=cnn, **options):
        page = open_file(path, **options)
        page.wait_for_selector(".bars li")
        return page

    return open_page


def rounded(model):
    """Give a model the 16-bit kernels that the page has."""
    halves = [
        w.astype("float16").astype("float32") if w.ndim > 1 else w
        for w in model.get_weights()
    ]
    model.set_weights(halves)
    return model


def in_page(page, model, image):
    """Return what the page's code gives for each layer of a model."""
    steps, numbers = describe(model)
    told = {"steps": steps, "numbers": base64.b64encode(numbers).decode()}
    encoded = base64.b64encode(image.tobytes()).decode()
    return page.evaluate(RUN, [told, encoded, list(image.shape)])


def in_keras(model, image):
    """Return every layer's output for one image, as Keras has it."""
    if isinstance(model, keras.Sequential):
        places = graph.outputs(graph.nodes(model), image[None].astype("float32"))[1:]
    else:
        wanted = [layer.output for layer, _ in graph.nodes(model)]
        look = keras.Model(model.inputs[0], wanted)
        places = look(image[None].astype("float32"), training=False)
    return [np.asarray(x[0]).ravel() for x in places]


def assert_agree(page, model, image):
    ours, theirs = in_page(page, model, image), in_keras(rounded(model), image)
    assert len(ours) == len(theirs)
    for (layer, _), a, b in zip(graph.nodes(model), ours, theirs, strict=True):
        largest = max(1.0, np.abs(b).max())
        assert np.abs(np.array(a) - b).max() <= 1e-4 * largest, layer.name
    return np.abs(np.array(ours[-1]) - theirs[-1]).max()


@pytest.mark.parametrize("kind", ["cnn", "fast_cnn", "dense_baseline"])
@pytest.mark.parametrize("data_name", ["cifar10", "digits"])
def test_every_layer_of_the_shipped_networks_is_keras(opened, kind, data_name):
    page, model = opened(), models.load_trained(data_name, kind)
    for image in IMAGES[:2]:
        assert assert_agree(page, model, image) < 1e-4


KINDS = [None, "relu", "gelu", "silu", "tanh", "sigmoid"]


@st.composite
def layer_lists(draw):
    """Draw layers, as class names and settings, for images of 9 to 14 pixels."""
    size = st.integers(1, 3)
    layers = [("Rescaling", {"scale": draw(st.sampled_from([1 / 255, 1 / 64]))})]
    for block in range(draw(st.integers(1, 3))):
        convolution = {
            "filters": draw(st.integers(1, 5)),
            "kernel_size": (draw(size), draw(size)),
            "strides": (draw(st.integers(1, 2)), draw(st.integers(1, 2))),
            "padding": "same" if block else draw(st.sampled_from(["valid", "same"])),
            "use_bias": draw(st.booleans()),
            "activation": draw(st.sampled_from(KINDS)),
        }
        layers.append(("Conv2D", convolution))
        if draw(st.booleans()):
            flags = {"scale": draw(st.booleans()), "center": draw(st.booleans())}
            layers.append(("BatchNormalization", {"epsilon": 0.01, **flags}))
        kind = draw(st.sampled_from(["MaxPooling2D", "AveragePooling2D", "Dropout"]))
        if kind == "Dropout":
            layers += [(kind, {"rate": 0.5}), ("ReLU", {})]
        else:
            strides = draw(st.sampled_from([None, 1, (2, 1)]))
            window = {"pool_size": (draw(size), 1), "strides": strides}
            layers.append((kind, {**window, "padding": "same"}))
    ends = ["Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D"]
    layers.append((draw(st.sampled_from(ends)), {}))
    return [*layers, ("Dense", {"units": 4}), ("Softmax", {})]


@settings(
    max_examples=10,
    phases=[Phase.generate],  # to shrink takes minutes
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(layer_lists(), st.integers(9, 14), st.integers(9, 14), st.integers(0, 99))
def test_a_network_drawn_at_random_is_keras(opened, layers, height, width, seed):
    made = [getattr(keras.layers, name)(**options) for name, options in layers]
    model = keras.Sequential([keras.Input((height, width, 3)), *made])
    assert_drawn_agrees(opened, model, seed)


def assert_drawn_agrees(opened, model, seed):
    """Give a network weights by chance and compare every layer's output."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:  # moving statistics are not what they begin with
        noise = rng.normal(0, 0.2, weight.shape)
        spread = "variance" in weight.name or "gamma" in weight.name
        weight.assign(np.abs(noise) + 0.5 if spread else noise)
    image = rng.integers(0, 256, model.input_shape[1:], dtype=np.uint8)
    opened.page = page = getattr(opened, "page", None) or opened()
    assert_agree(page, model, image)


@st.composite
def residual_networks(draw):
    """Draw a functional network of residual blocks, some with a 1 x 1 projection."""
    L = keras.layers
    inputs = keras.Input((draw(st.integers(9, 14)), draw(st.integers(9, 14)), 3))
    x = L.Rescaling(1 / 255)(inputs)
    for _ in range(draw(st.integers(1, 3))):
        filters, strides = draw(st.integers(1, 5)), draw(st.integers(1, 2))
        inner = L.Conv2D(filters, 3, strides=strides, padding="same")(x)
        if draw(st.booleans()):
            inner = L.BatchNormalization(epsilon=0.01)(inner)
        inner = L.ReLU()(inner)
        if draw(st.booleans()):
            inner = L.Conv2D(filters, 3, padding="same", activation="tanh")(inner)
        if strides > 1 or filters != x.shape[-1]:
            x = L.Conv2D(filters, 1, strides=strides, use_bias=False)(x)
        both = [x, inner] if draw(st.booleans()) else [inner, x]
        x = both[0] + both[1] if draw(st.booleans()) else L.Add()(both)
        x = L.ReLU()(x) if draw(st.booleans()) else x
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, L.Dense(4, activation="softmax")(x))


@settings(
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(residual_networks(), st.integers(0, 99))
def test_a_residual_network_drawn_at_random_is_keras(opened, model, seed):
    assert_drawn_agrees(opened, model, seed)


@pytest.fixture
def residual(opened, tmp_path):
    """Open the page of a small residual network, built as notebook 20 builds it."""
    keras.utils.set_random_seed(0)
    settings = depth.Depth(convolutions=2, skip=True, normalized=True, filters=4)
    model = depth.build(settings)
    return opened(explorer.write(model, tmp_path / "x.html", NAMES, IMAGES[:1])), model


def test_an_addition_says_what_it_adds_and_can_be_switched_off(residual):
    page, model = residual
    assert shown(page) == pytest.approx(scores(rounded(model), IMAGES[0]), abs=0.0101)
    row = page.locator("#layers li", has_text="of max_pooling2d")
    assert re.search(r"^add.* of max_pooling2d\S* \+ batch_norm", row.inner_text())
    row.get_by_role("button").first.click()
    said = page.locator("#said").text_content()
    number = r"\u2212?[\d.e\u2212+]+"
    first, total, a, sign, b = re.match(
        rf"(.*): ({number}) = ({number}) ([+\u2212]) ({number})", said
    ).groups()
    total, a, b = (float(n.replace("\u2212", "-")) for n in (total, a, b))
    assert total == pytest.approx(a + b if sign == "+" else a - b, abs=0.02)
    page.get_by_role("button", name="Switch the addition off").click()
    assert "passed on: the addition is switched off" in (
        page.locator("#said").text_content()
    )
    skipped = "() => state.steps.findIndex((step) => step.kind === 'add')"
    same = f"""() => {{ const at = ({skipped})(), step = state.steps[at];
      return state.outputs[at + 1].data.every(
        (v, n) => v === state.outputs[step.inputs[0]].data[n]); }}"""
    assert page.evaluate(same)


@pytest.mark.parametrize("side", [1, 7, 31, 32, 33, 64, 200, 700])
def test_resampling_is_pillows_within_one(opened, side):
    square = scene(side, side)
    wanted = Image.fromarray(square).resize((32, 32), Image.Resampling.LANCZOS)
    program = """([encoded, side]) => {
      const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
      return [...resample(bytes, side, 32, 32)];
    }"""
    encoded = base64.b64encode(square.tobytes()).decode()
    found = np.array(opened().evaluate(program, [encoded, side]))
    gap = np.abs(found - np.asarray(wanted).ravel().astype(int))
    assert gap.max() <= 1


PIXELS = "() => [...state.photo.data]"


def give(page, name, content):
    page.locator("#file").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": content}
    )


def differences(page, content):
    """Give a photo; return how far each value lies from what helpers.photos makes."""
    before = page.evaluate(PIXELS)
    give(page, "photo", content)
    page.wait_for_function(
        "(old) => state.photo.data.some((v, i) => v !== old[i])", arg=before
    )
    wanted = photos.load_photo(content).ravel().astype(int)
    return np.abs(np.array(page.evaluate(PIXELS)) - wanted)


@pytest.mark.parametrize("case", ["png", "wide", "transparent", "turned", "dot"])
def test_a_file_arrives_as_helpers_photos_prepares_it(opened, case):
    picture = Image.fromarray(scene(90, 60 if case != "wide" else 140))
    options = {}
    if case == "transparent":
        picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    if case == "turned":
        options["exif"] = picture.getexif()
        options["exif"][0x0112] = 6
    if case == "dot":
        picture = Image.new("RGB", (1, 1), (9, 99, 199))
    held = BytesIO()
    picture.save(held, "PNG", **options)
    # Firefox rounds twice where it lays a picture over white
    most = 2 if case == "transparent" and browsers.CHOSEN == "firefox" else 1
    assert differences(opened(), held.getvalue()).max() <= most


def test_a_photo_of_48_megapixels_is_read(opened):
    huge = encode(
        np.broadcast_to(scene(60, 80)[:, :, None].mean(2).astype("uint8"), (60, 80, 3)),
        "JPEG",
    )
    picture = Image.open(BytesIO(huge)).resize((8000, 6000))
    held = BytesIO()
    picture.save(held, "JPEG", quality=60)
    assert differences(opened(), held.getvalue()).mean() < 2


def test_what_is_no_picture_gets_a_sentence_and_changes_nothing(opened):
    page = opened()
    before = page.evaluate(PIXELS)
    give(page, "notes.png", b"<svg onload=alert(1)>")
    page.wait_for_function("() => get('message').textContent.includes('cannot read')")
    page.evaluate("get('message').textContent = ''")
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
    page.locator("#file").set_input_files(
        {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": drawing}
    )
    page.wait_for_function("() => get('message').textContent.includes('cannot read')")
    assert page.evaluate(PIXELS) == before


def test_a_dropped_link_gets_a_sentence(opened):
    page = opened()
    page.evaluate("""() => {
      const transfer = new DataTransfer();
      transfer.setData("text/uri-list", "https://example.org/cat.jpg");
      const options = { bubbles: true, cancelable: true, dataTransfer: transfer };
      document.body.dispatchEvent(new DragEvent("drop", options));
    }""")
    assert "That was a link" in page.locator("#message").text_content()


def shown(page):
    """Return the scores that the page shows, by class."""
    rows = page.locator(".bars li").all()
    return {
        row.locator(".name").text_content(): float(row.locator(".score").text_content())
        for row in rows
    }


def scores(model, image):
    found = model.predict(image[None], verbose=0)[0]
    return dict(zip(NAMES, (round(float(v), 2) for v in found), strict=True))


def test_the_answer_is_that_of_the_carried_photo(opened):
    model = rounded(models.load_trained("cifar10", "cnn"))
    page = opened()
    assert shown(page) == pytest.approx(scores(model, IMAGES[0]), abs=0.0101)
    page.get_by_role("button", name="photo 2 of this page").click()
    page.wait_for_timeout(300)
    assert shown(page) == pytest.approx(scores(model, IMAGES[1]), abs=0.0101)


ADDS_UP = """() => state.steps.flatMap((step, i) => {
  const y = state.outputs[i + 1];
  const [x] = inputsOf(step);
  return Array.from({ length: 20 }, (_, n) => {
    const at = (n * 7919) % y.data.length;
    const found = explain(step, inputsOf(step), y, placeOf(y.shape, at));
    let sum = null;
    if (found.parts) sum = found.parts.reduce((all, part) => all + part.sum, 0);
    if (found.inputs && found.inputs.length === x.data.length)
      sum = found.inputs.reduce((all, part) => all + part.product, 0);
    if (found.values && step.mode === "max")
      sum = Math.max(...found.values.flat().filter((v) => v !== null));
    return [step.kind, found.said, sum === null ? null : sum + (found.bias || 0),
      y.data[at]];
  });
})"""


def test_the_arithmetic_of_a_number_gives_the_number(opened):
    found = opened().evaluate(ADDS_UP)
    checked = {kind for kind, _, total, _ in found if total is not None}
    assert checked == {"conv2d", "pooling"}
    for kind, said, total, value in found:
        assert "undefined" not in said and "NaN" not in said, said
        if total is not None:
            assert total == pytest.approx(value, abs=1e-4), (kind, said)


def test_every_number_in_reach_of_the_keyboard(opened):
    page = opened()
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.focus()
    page.keyboard.press("Enter")
    said = page.locator("#said")
    assert re.match(r"map \d+, row \d+, column \d+: .* products", said.text_content())
    row, column = map(int, re.findall(r"(?:row|column) (\d+)", said.text_content()))
    page.keyboard.press("ArrowLeft" if column else "ArrowRight")
    page.keyboard.press("ArrowUp" if row else "ArrowDown")
    moved = f"row {row - 1 if row else 1}, column {column - 1 if column else 1}:"
    assert moved in said.text_content()
    first = said.text_content()
    page.keyboard.press("PageDown")
    assert said.text_content() != first
    page.keyboard.press("Escape")
    assert page.locator("#detail").is_hidden()


def test_a_changed_weight_goes_through_all_that_follows(opened):
    page, model = opened(), rounded(models.load_trained("cifar10", "cnn"))
    before = shown(page)
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    channel = int(re.match(r"map (\d+)", page.locator("#said").text_content())[1])
    field = page.get_by_label(re.compile("weight 1, 1 for channel 0"))
    typed(field, "2.5")
    field.press("Enter")
    first = next(w for w in model.weights if w.name == "kernel")
    kernel = first.numpy()
    kernel[1, 1, 0, channel] = 2.5
    first.assign(kernel)
    assert shown(page) == pytest.approx(scores(model, IMAGES[0]), abs=0.0101)
    assert shown(page) != before
    page.get_by_role("button", name="Reset the network").click()
    assert shown(page) == before


def test_a_weight_is_read_whole(opened):
    page = opened()
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    field = page.get_by_label(re.compile("weight 1, 1 for channel 0"))
    field.evaluate("(one) => (one.value = '-0.0000312')")
    assert field.evaluate("(one) => one.scrollWidth <= one.clientWidth")


@ALONE
def test_the_narrowest_phone_scrolls_nothing_sideways(opened):
    size = {"width": 320, "height": 640}
    page = opened(viewport=size, has_touch=True, is_mobile=True)
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    for place in ("document.documentElement", "get('detail')"):
        assert page.evaluate(f"{place}.scrollWidth <= {place}.clientWidth"), place


@pytest.mark.parametrize("act", ["click", pytest.param("tap", marks=ALONE)])
@pytest.mark.parametrize("then", ["button", "field"])
def test_what_is_tapped_while_a_weight_is_edited_is_not_lost(opened, then, act):
    page = opened(has_touch=act == "tap")
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    before = shown(page)
    typed(page.get_by_label(re.compile("weight 1, 1 for channel 0")), "9.5")
    if then == "button":
        other = page.get_by_role("button", name=re.compile("Switch map . off"))
    else:
        other = page.get_by_label(re.compile("weight 0, 0 for channel 0"))
    getattr(other, act)()
    page.wait_for_function(
        "() => state.steps.some((s) => s.kernel?.data.includes(9.5))"
    )
    if then == "button":
        assert other.get_attribute("aria-pressed") == "true"
    else:
        focused = page.evaluate("document.activeElement.ariaLabel")
        assert focused == other.get_attribute("aria-label")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.ariaLabel").startswith(
            "weight 0, 1"
        )
    assert shown(page) != before


def test_a_thumb_on_the_photo_scrolls_unless_a_pen_is_chosen(opened):
    page = opened()
    moves = "getComputedStyle(get('pixels')).touchAction"
    assert page.evaluate(moves) == "auto"
    for wanted in ("none", "auto"):
        page.get_by_role("button", name="Draw").click()
        assert page.evaluate(moves) == wanted


@pytest.mark.parametrize("phone", [pytest.param(True, marks=ALONE), False])
def test_a_phone_takes_photos_and_does_not_zoom_into_fields(opened, phone):
    size = {"width": 390 if phone else 1280, "height": 800}
    page = opened(viewport=size, has_touch=phone, is_mobile=phone)
    assert page.get_by_text("Take a photo").is_visible() == phone
    before = page.evaluate(PIXELS)
    page.locator("#shot").set_input_files(
        {"name": "p", "mimeType": "image/png", "buffer": encode(scene(), "PNG")}
    )
    changed = "(old) => state.photo.data.some((v, i) => v !== old[i])"
    page.wait_for_function(changed, arg=before)
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    field = page.get_by_label(re.compile("weight 1, 1 for channel 0"))
    size = field.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    assert (size >= 16) == phone


@ALONE
@pytest.mark.parametrize("what", ["page", "toy"])
def test_without_scripts_it_says_what_to_do(open_file, cnn, tmp_path, what):
    path = cnn if what == "page" else explorer.toy("kernel").save(tmp_path / "k.html")
    page = open_file(path, java_script_enabled=False)
    assert page.locator("body").inner_text().startswith("Nothing works in this preview")


def test_a_map_switched_off_is_zero(opened):
    page = opened()
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    page.get_by_role("button", name=re.compile("Switch map . off")).click()
    program = (
        "() => explain(state.steps[state.chosen.i],"
        " inputsOf(state.steps[state.chosen.i]),"
        " state.outputs[state.chosen.i + 1], state.chosen.place).said"
    )
    assert ": 0 = " in page.evaluate(program)


def test_where_it_looked_names_a_place(opened):
    page = opened()
    page.get_by_role("button", name="Where did it look?").click()
    message = page.locator("#message")
    page.wait_for_function("() => get('message').textContent.startsWith('Bright')")
    assert re.search(r"by -?\d\.\d\d at row \d+, column \d+", message.text_content())


def test_names_with_markup_are_text_and_run_nothing(opened, tmp_path):
    names = ["</script><script>window.ran = 1</script>", "<img src=x onerror=ran=1>"]
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    title = "<script>window.ran = 1</script>"
    page = opened(explorer.write(model, tmp_path / "x.html", names, title=title))
    assert page.evaluate("() => typeof ran") == "undefined"
    assert page.locator("#title").text_content() == title
    assert set(shown(page)) == set(names)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=ALONE)])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_serious_fault_of_access_and_no_sideways_scrolling(opened, width, scheme):
    size = {"width": width, "height": 720}
    page = opened(viewport=size, color_scheme=scheme)
    page.get_by_role("button", name=re.compile("map . of conv2d")).first.click()
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")], found
    wide = "() => document.documentElement.scrollWidth"
    assert page.evaluate(wide) <= width


def test_before_and_after_training(opened, tmp_path):
    keras.utils.set_random_seed(0)
    before, after = models.build_cnn(), models.load_trained("cifar10", "cnn")
    path = explorer.write(after, tmp_path / "x.html", NAMES, IMAGES[:1], before=before)
    page = opened(path)
    trained = shown(page)
    assert trained == pytest.approx(scores(rounded(after), IMAGES[0]), abs=0.0101)
    page.get_by_role("button", name="Before training").click()
    assert shown(page) == pytest.approx(scores(rounded(before), IMAGES[0]), abs=0.0101)
    page.get_by_role("button", name="Before training").click()
    assert shown(page) == trained


def test_what_a_page_has_no_use_for_is_not_shown(opened):
    """No network before training; from a file, no camera."""
    page = opened()
    assert page.get_by_role("button", name="Reset the network").is_visible()
    for where in ("#before", "#camera", "#video", "#detail"):
        assert page.locator(where).is_hidden(), where


def test_an_earlier_network_with_other_layers_is_refused(tmp_path):
    model = models.load_trained("cifar10", "cnn")
    with pytest.raises(ValueError, match="before must have the layers"):
        other = models.build_dense_baseline()
        explorer.write(model, tmp_path / "x.html", NAMES, before=other)


@pytest.mark.parametrize("pen, grey", [("Cover a square", 128), ("Draw", 0)])
def test_a_pen_by_keyboard_and_by_pointer(opened, pen, grey):
    page = opened()
    page.get_by_role("button", name=pen).click()
    page.locator("#pixels").focus()
    for key in ("ArrowUp", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    assert page.evaluate("() => [...state.photo.data.slice(1485, 1488)]") == [grey] * 3
    before = page.evaluate(PIXELS)
    page.locator("#pixels").click(position={"x": 3, "y": 3})
    after = page.evaluate(PIXELS)
    assert after[:3] == [grey] * 3 and after != before
    page.get_by_role("button", name="Photo as it was").click()
    assert page.evaluate(PIXELS)[:3] == IMAGES[0].ravel()[:3].tolist()
