"""Which pixels a number in a feature map depends on."""

from helpers import layers
from helpers.insight import graph
from helpers.insight.activations import layer_named
from helpers.quiet import keras

WINDOWED = (
    keras.layers.Conv2D,
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling2D,
)
POINTWISE = (  # each number depends on its own place alone
    keras.layers.InputLayer,
    keras.layers.Rescaling,
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.BatchNormalization,
    keras.layers.Dropout,
)
WHOLE = (  # each number depends on all of them
    keras.layers.Flatten,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.GlobalMaxPooling2D,
)


def receptive_field(model: keras.Model, name: str | None = None) -> tuple:
    """Return `(size, step, start)` of the pixels that a layer's numbers depend on.

    The number in row i depends on the image's rows `start + i * step` to
    `start + i * step + size - 1`, columns alike, as far as they exist; of several paths
    that an addition joins, it is the largest. For square windows and strides. Raises
    ValueError for any other, and where a layer before it sees the whole image.
    """
    target = layer_named(model, name)
    fields = [(1, 1, 0, model.inputs[0].shape[1] or 32)]
    for layer, places in graph.nodes(model):
        if isinstance(layer, WHOLE):
            raise ValueError(f"{layer.name} is no map: {target.name} sees all pixels")
        given = [fields[place] for place in places]
        if isinstance(layer, WINDOWED):
            fields.append(_widened(layer, *given, model.inputs[0].shape[1:3]))
        elif type(layer).__name__ == "Add":
            fields.append(_joined(layer, given))
        elif isinstance(layer, POINTWISE):
            fields += given
        else:
            raise ValueError(f"no receptive field known for {type(layer).__name__}")
        if layer is target:
            return fields[-1][:3]
    raise ValueError(f"{target.name} was not reached")


def _widened(layer: keras.Layer, field: tuple, image_sides) -> tuple:
    """Return `(size, step, start, extent)` behind a window, from those before it."""
    size, step, start, extent = field
    window, strides = _square(layer, image_sides)
    same = layer.padding == "same"
    before = layers._same_padding(extent, window, strides)[0] if same else 0
    extent = layers.output_size(extent, window, strides, layer.padding)
    return size + (window - 1) * step, step * strides, start - before * step, extent


def _joined(layer: keras.Layer, fields: list[tuple]) -> tuple:
    """Return the field that holds all paths' own; ValueError where they do not fit."""
    sizes, steps, starts, extents = zip(*fields, strict=True)
    if len(set(steps)) > 1 or len(set(extents)) > 1:
        raise ValueError(
            f"the paths to {layer.name} have strides of {steps}, sides of {extents}"
        )
    end = max(start + size for start, size in zip(starts, sizes, strict=True))
    return end - min(starts), steps[0], min(starts), extents[0]


def _square(layer: keras.Layer, image_sides) -> tuple[int, int]:
    """Return a windowed layer's extent, gaps of dilation counted, and its stride."""
    window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
    dilation = getattr(layer, "dilation_rate", (1, 1))
    for sides in (window, dilation, layer.strides, image_sides):
        if sides[0] != sides[1]:
            raise ValueError(f"{layer.name} or the image is not square: {sides}")
    return (window[0] - 1) * dilation[0] + 1, layer.strides[0]
