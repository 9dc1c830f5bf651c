"""Which pixels a number in a feature map depends on."""

from helpers import layers
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


def receptive_field(model: keras.Model, name: str | None = None) -> tuple:
    """Return `(size, step, start)` of the pixels that a layer's numbers depend on.

    The number in row i depends on the image's rows `start + i * step` to
    `start + i * step + size - 1`, columns alike, as far as they exist. For square
    windows and strides, in a plain chain of layers. Raises ValueError for any other,
    and where a layer before it sees the whole image.
    """
    if not isinstance(model, keras.Sequential):
        raise ValueError(f"{model.name} is no keras.Sequential: its paths may differ")
    target = layer_named(model, name)
    size, step, start = 1, 1, 0
    extent = model.inputs[0].shape[1] or 32
    for layer in model.layers:
        if isinstance(layer, WINDOWED):
            window, strides = _square(layer, model.inputs[0].shape[1:3])
            same = layer.padding == "same"
            before = layers._same_padding(extent, window, strides)[0] if same else 0
            size, start = size + (window - 1) * step, start - before * step
            step *= strides
            extent = layers.output_size(extent, window, strides, layer.padding)
        elif len(layer.output.shape) != 4:
            raise ValueError(f"{layer.name} is no map: {target.name} sees all pixels")
        elif not isinstance(layer, POINTWISE):
            raise ValueError(f"no receptive field known for {type(layer).__name__}")
        if layer is target:
            return size, step, start
    raise ValueError(f"{target.name} was not reached")


def _square(layer: keras.Layer, image_sides) -> tuple[int, int]:
    """Return a windowed layer's extent, gaps of dilation counted, and its stride."""
    window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
    dilation = getattr(layer, "dilation_rate", (1, 1))
    for sides in (window, dilation, layer.strides, image_sides):
        if sides[0] != sides[1]:
            raise ValueError(f"{layer.name} or the image is not square: {sides}")
    return (window[0] - 1) * dilation[0] + 1, layer.strides[0]
