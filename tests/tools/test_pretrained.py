"""A file of PyTorch becomes Keras's network, or nothing; what it names is never run."""

import pickle
import struct
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

from helpers.quiet import keras
from tools.pretrained import __main__ as program
from tools.pretrained import network, torch_file


class Raw:
    """A tensor as PyTorch pickles it: numbers, a start, a shape and strides."""

    def __init__(self, array, start=0):
        self.numbers = np.zeros(start, array.dtype)
        base = array.T.ravel()  # reversed axes: strides that are not C's
        self.numbers = np.concatenate([self.numbers, base])
        steps = np.cumprod([1, *array.shape[:-1]])
        self.told = start, array.shape, tuple(map(int, steps[: array.ndim]))

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (self, *self.told)


class Pickler(pickle.Pickler):
    """PyTorch's way to write: where a tensor names its storage stands an id."""

    inside = False

    def persistent_id(self, thing):
        if not isinstance(thing, Raw):
            return None
        if not self.inside:
            self.inside = True  # the tensor itself; next comes its storage
            return None
        self.inside = False
        kind = "Float" if thing.numbers.dtype == np.float32 else "Long"
        storage = getattr(sys.modules["torch"], f"{kind}Storage")
        return "storage", storage, str(id(thing)), "cpu", thing.numbers.size, None


@pytest.fixture
def write(monkeypatch, tmp_path):
    """Return a function that writes tensors as PyTorch 1.5 did, and names the file."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch._utils = utils
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    for module, name in (
        (torch, "FloatStorage"),
        (torch, "LongStorage"),
        (utils, "_rebuild_tensor_v2"),
    ):
        made = type(name, (), {"__module__": module.__name__})
        setattr(module, name, made)

    def to(tensors, magic=torch_file.MAGIC):
        path = tmp_path / "weights.pth"
        with open(path, "wb") as file:
            for value in (magic, torch_file.VERSION, {"little_endian": True}):
                pickle.dump(value, file, 2)
            Pickler(file, 2).dump(OrderedDict(tensors))
            raws = [thing for thing in tensors.values() if isinstance(thing, Raw)]
            pickle.dump([str(id(raw)) for raw in raws], file, 2)
            for raw in raws:
                file.write(struct.pack("<q", raw.numbers.size))
                file.write(raw.numbers.tobytes())
        return path

    return to


@pytest.mark.parametrize("start", [0, 5])
def test_tensors_come_back_whatever_their_strides(write, start):
    wanted = {
        "kernel": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        "count": np.array(7),
    }
    path = write({name: Raw(array, start) for name, array in wanted.items()})
    found = torch_file.read(path.read_bytes())
    assert list(found) == list(wanted)
    for name, array in wanted.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


class Evil:
    def __reduce__(self):
        return print, ("it ran",)


def test_what_a_file_names_is_not_run(write, capsys):
    with pytest.raises(ValueError, match=r"names (__builtin__|builtins)\.print"):
        torch_file.read(write({"kernel": Evil()}).read_bytes())
    assert not capsys.readouterr().out


def test_a_file_that_ends_early_is_refused_wherever_it_ends(write):
    raw = Raw(np.ones((3, 4), np.float32))
    content = write({"kernel": raw}).read_bytes()
    assert torch_file.read(content)
    for length in range(len(content)):
        with pytest.raises(ValueError, match="ends early|no file that PyTorch"):
            torch_file.read(content[:length])


def test_another_file_is_refused(write):
    tensors = {"kernel": Raw(np.ones(3, np.float32))}
    with pytest.raises(ValueError, match="no file that PyTorch before 1.6 wrote"):
        torch_file.read(write(tensors, magic=1).read_bytes())


@pytest.mark.parametrize("told", [(9, (3,), (1,)), (0, (3,), (9,)), (-1, (3,), (1,))])
def test_a_tensor_outside_its_storage_is_refused(write, told):
    raw = Raw(np.ones(3, np.float32))
    raw.told = told
    with pytest.raises(ValueError, match=r"shape \(3,\) lies outside its numbers"):
        torch_file.read(write({"kernel": raw}).read_bytes())


@pytest.fixture(scope="module")
def lite0():
    """Build the network with weights and statistics that are drawn."""
    keras.utils.set_random_seed(0)
    model = network.build()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.gamma.shape
            drawn = np.random.default_rng(0).uniform(0.5, 1.5, (4, *shape))
            layer.set_weights(list(drawn))
    return model


def theirs(model):
    """Return the weights as PyTorch names and turns them."""
    found = {}
    for layer in model.layers:
        for name, weight in (
            zip(network._names(layer), layer.get_weights(), strict=True)
            if layer.weights
            else ()
        ):
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                weight = weight.transpose(2, 3, 0, 1)
            elif weight.ndim == 4:
                weight = weight.transpose(3, 2, 0, 1)
            found[name] = weight.T if weight.ndim == 2 else weight
    return found


def test_the_network_has_the_size_that_is_published(lite0):
    trained = sum(int(np.prod(w.shape)) for w in lite0.trainable_weights)
    assert trained == 4_652_008  # 4.7 million: EfficientNet-Lite's own table
    assert len([k for k in lite0.layers if "_project_conv" in k.name]) == 16


@pytest.mark.parametrize("fault", ["missing", "too many", "another shape"])
def test_weights_of_another_network_are_refused(lite0, fault):
    tensors = theirs(lite0) | {"_bn0.num_batches_tracked": np.array(1)}
    if fault == "missing":
        del tensors["_blocks.3._bn0.bias"]
    elif fault == "too many":
        tensors["_blocks.0._se_reduce.weight"] = np.ones(3)
    else:
        tensors["_fc.bias"] = np.ones(10)
    said = {"missing": r"weights of _blocks\.3\._bn0 are missing"}
    said |= {
        "too many": r"no layer takes _blocks\.0\._se_reduce",
        "another shape": "10",
    }
    with pytest.raises(ValueError, match=said[fault]):
        network.fill(lite0, tensors)


def test_a_backbone_is_written_if_its_logits_are_those_of_pytorch(
    lite0, write, monkeypatch, tmp_path
):
    raws = {n: Raw(t.astype(np.float32)) for n, t in theirs(lite0).items()}
    weights, target = write(raws), tmp_path / "backbone.keras"
    with pytest.raises(ValueError, match="away from PyTorch's"):
        program.write(weights, target)
    assert not target.exists()
    logits = lite0.predict(program.pattern(), verbose=0)[0]
    monkeypatch.setattr(program, "THEIRS", {k: float(logits[k]) for k in (3, 8)})
    assert program.write(weights, target) < 1e-4
    backbone = keras.saving.load_model(target, compile=False)
    for size in (32, 96):
        features = keras.Model(lite0.input, lite0.get_layer("features").output)
        image = program.pattern(size)
        found, wanted = backbone(image), features(image)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
        assert found.shape == (1, 1280)
