"""What a Keras model consists of: steps, and the numbers that they compute with."""

import numpy as np

from helpers.insight import graph
from helpers.quiet import keras

ACTIVATIONS = ("gelu", "linear", "relu", "sigmoid", "silu", "softmax", "tanh")
IDLE = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "Identity")
HALF_MAX = 65504.0  # the largest 16-bit float
TOLERANCE = 1e-4  # relative, between a model and its layers, called one after the other


class Blob:
    """Numbers one behind the other: kernels as 16-bit floats, the few others in 32."""

    def __init__(self):
        self.content = bytearray()

    def add(self, values, layer_name: str) -> dict:
        """Append an array; return its shape, where it begins, and whether in 16 bits.

        ValueError if it holds something that is no number, or too large for 16 bits.
        """
        values = np.asarray(values, np.float32)
        half = values.ndim > 1
        largest = np.abs(values).max(initial=0)  # NaN if one is
        if not largest <= (HALF_MAX if half else np.finfo(np.float32).max):
            raise ValueError(
                f"the weights of {layer_name} hold {largest}: train again with a lower "
                "learning rate"
            )
        at = len(self.content)
        self.content += values.astype("<f2" if half else "<f4").tobytes()
        self.content += b"\0" * (-len(self.content) % 4)
        return {"shape": list(values.shape), "at": at, "half": half}


def describe(model: keras.Model) -> tuple[list[dict], bytes]:
    """Return the steps of a model, in order, and the numbers that they name.

    An activation is a step of its own. Each step has `kind`, `name`, `layer` (its index
    in the model), `parameters`, `shape` (of its output, without the batch) and
    `inputs`: 0 for the image, k + 1 for what step k put out. ValueError for a model
    that is not made of layers one can follow, for a layer that the page cannot compute,
    and for weights that are no numbers; the sentence names the layer.
    """
    blob, steps, places = Blob(), [], [0]
    found = graph.nodes(model)
    for index, (layer, given) in enumerate(found):
        before = [places[place] for place in given]
        for step in _steps(layer, before, blob):
            known = {"name": layer.name, "layer": index, "inputs": before}
            steps.append(step | known)
            before = [len(steps)]
        places.append(len(steps))
        steps[-1]["ends"] = True  # what Keras calls the layer's output
        count = layer.count_params() if isinstance(layer, keras.layers.Layer) else 0
        steps[-1 - bool(_activation(layer))]["parameters"] = count
    _add_shapes(model, found, steps)
    return steps, bytes(blob.content)


def _add_shapes(model: keras.Model, found: list[tuple], steps: list[dict]) -> None:
    """Give each step its shape; ValueError unless the layers give what the model does.

    A class of a student's own may do something else with its layers than they say.
    """
    sentence = f"{model.name} is more than its layers: the page cannot follow it"
    shape = (2, *model.input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.float32)
    try:
        at = graph.outputs(found, images)
        wanted = np.asarray(model(images, training=False))
        same = np.allclose(at[-1], wanted, TOLERANCE, TOLERANCE, equal_nan=True)
    except (ValueError, TypeError) as error:
        raise ValueError(sentence) from error
    if not same:
        raise ValueError(sentence)
    for step in steps:
        step["shape"] = list(at[step["layer"] + 1].shape[1:])
        given = [steps[k - 1]["shape"] if k else shape[1:] for k in step["inputs"]]
        if step["kind"] == "add" and any(list(s) != step["shape"] for s in given):
            raise ValueError(f"{step['name']} adds unlike shapes: make them alike")


def _steps(layer, before: list[int], blob: Blob) -> list[dict]:
    """Return a layer as one step, or two where it has an activation of its own."""
    kind = type(layer).__name__
    if (
        kind in IDLE
        or isinstance(layer, keras.layers.Layer)
        and kind.startswith("Random")
    ):
        return [{"kind": "idle"}]
    if kind not in STEPS:
        raise ValueError(
            f"the page cannot compute {layer.name}, a layer of the kind {kind}; it "
            f"knows {', '.join(sorted(STEPS))}"
        )
    if kind == "Add" and len(before) < 2:
        raise ValueError(f"{layer.name} adds a number: the page adds layers' outputs")
    step = STEPS[kind](layer, lambda values: blob.add(values, layer.name))
    after = _activation(layer)
    return [step] + ([{"kind": "activation", "function": after}] if after else [])


def _activation(layer: keras.Layer) -> str | None:
    """Return the name of a Dense or Conv2D layer's activation, None for linear."""
    if not isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
        return None
    name = _function(layer)
    return None if name == "linear" else name


def _function(layer: keras.Layer) -> str:
    """Return the name of a layer's activation function; ValueError if unknown."""
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    if name not in ACTIVATIONS:
        raise ValueError(
            f"the page cannot compute {name}, the activation of {layer.name}; it knows "
            f"{', '.join(ACTIVATIONS)}"
        )
    return name


def _only(layer: keras.Layer, **expected) -> None:
    """ValueError for a setting of a layer that the page does not know."""
    for name, known in expected.items():
        value = getattr(layer, name)
        if value not in known:
            raise ValueError(
                f"the page cannot compute {layer.name} with {name}={value}, only with "
                f"{' or '.join(map(str, known))}"
            )


def _conv2d(layer, add) -> dict:
    _only(layer, dilation_rate=[(1, 1)], groups=[1], data_format=["channels_last"])
    return {
        "kind": "conv2d",
        "strides": list(layer.strides),
        "padding": layer.padding,
        "kernel": add(layer.kernel),
        "bias": add(layer.bias) if layer.use_bias else None,
    }


def _dense(layer, add) -> dict:
    if len(layer.input.shape) != 2:
        raise ValueError(f"{layer.name} is applied to maps: put Flatten before it")
    bias = add(layer.bias) if layer.use_bias else None
    return {"kind": "dense", "kernel": add(layer.kernel), "bias": bias}


def _normalization(layer, add) -> dict:
    _only(layer, axis=[-1, len(layer.input.shape) - 1])
    return {
        "kind": "normalization",
        "epsilon": layer.epsilon,
        "mean": add(layer.moving_mean),
        "variance": add(layer.moving_variance),
        "gamma": add(layer.gamma) if layer.scale else None,
        "beta": add(layer.beta) if layer.center else None,
    }


def _pooling(mode: str):
    def pooling(layer, add) -> dict:
        _only(layer, data_format=["channels_last"])
        sizes = {"size": list(layer.pool_size), "strides": list(layer.strides)}
        return {"kind": "pooling", "mode": mode, "padding": layer.padding} | sizes

    return pooling


def _global(mode: str):
    def pooling(layer, add) -> dict:
        _only(layer, data_format=["channels_last"], keepdims=[False])
        return {"kind": "global", "mode": mode}

    return pooling


def _rescaling(layer, add) -> dict:
    if np.size(layer.scale) != 1 or np.size(layer.offset) != 1:
        raise ValueError(f"{layer.name} has a scale for each channel: give it one")
    scale, offset = float(np.squeeze(layer.scale)), float(np.squeeze(layer.offset))
    return {"kind": "rescaling", "scale": scale, "offset": offset}


def _relu(layer, add) -> dict:
    _only(layer, max_value=[None], negative_slope=[0.0], threshold=[0.0])
    return {"kind": "activation", "function": "relu"}


def _softmax(layer, add) -> dict:
    _only(layer, axis=[-1])
    return {"kind": "activation", "function": "softmax"}


STEPS = {
    "Activation": lambda layer, add: {
        "kind": "activation",
        "function": _function(layer),
    },
    "Add": lambda layer, add: {"kind": "add"},
    "AveragePooling2D": _pooling("average"),
    "BatchNormalization": _normalization,
    "Conv2D": _conv2d,
    "Dense": _dense,
    "Flatten": lambda layer, add: {"kind": "flatten"},
    "GlobalAveragePooling2D": _global("average"),
    "GlobalMaxPooling2D": _global("max"),
    "MaxPooling2D": _pooling("max"),
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Softmax": _softmax,
}
