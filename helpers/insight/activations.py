"""Look into a network: what its layers answer, where it looks, what it holds alike.

For any Keras model whose input is an image `(H, W, C)` and whose output are class
probabilities: the course's own, or a student's `.keras` file.
"""

import numpy as np

from helpers import layers
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


def convolutions(model: keras.Model) -> list[str]:
    """Name the convolution layers, in order; ValueError if there is none."""
    names = [
        layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    if not names:
        others = ", ".join(layer.name for layer in model.layers)
        raise ValueError(f"{model.name} has no Conv2D layer, only: {others}")
    return names


def _layer(model: keras.Model, name: str | None) -> keras.Layer:
    """Return a layer by its name, the last convolution where it is None, or raise."""
    name = convolutions(model)[-1] if name is None else name
    known = [layer.name for layer in model.layers]
    if name not in known:
        raise ValueError(f"there is no layer {name!r}; there are: {', '.join(known)}")
    return model.get_layer(name)


def _batch(model: keras.Model, images) -> np.ndarray:
    """Return images as a batch that the model takes, or raise."""
    images = np.asarray(images)
    wanted = tuple(model.inputs[0].shape[1:])
    pairs = zip(images.shape[1:], wanted, strict=False)
    if images.ndim != 4 or any(w not in (None, n) for n, w in pairs):
        raise ValueError(
            f"{model.name} takes a batch of images {('N', *wanted)}, not "
            f"{images.shape}: photos.to_input resizes one, image[None] is a batch of it"
        )
    return images


def _opened(model: keras.Model, name: str | None) -> keras.Model:
    """Return a model of the same layers: a layer's output, and the last one's input."""
    layer = _layer(model, name)
    if not isinstance(model, keras.Sequential):
        return keras.Model(model.inputs[0], [layer.output, model.layers[-1].input])
    # a loaded Sequential was built once for each layer: its outputs do not connect
    x = inputs = keras.Input(model.inputs[0].shape[1:])
    for each in model.layers:
        last, x = x, each(x)
        if each is layer:
            maps = x
    return keras.Model(inputs, [maps, last])


def _in_parts(look: keras.Model, images: np.ndarray):
    """Yield a model's outputs for 250 images at a time; `predict` would trace anew."""
    for begin in range(0, len(images), 250):
        part = images[begin : begin + 250].astype("float32")
        outputs = look(part, training=False)
        yield keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def feature_maps(model: keras.Model, images, name: str | None = None) -> np.ndarray:
    """Return what a layer puts out for a batch: `(N, H, W, C) -> (N, H', W', F)`.

    `name` is any layer's, the last convolution's where it is None. Raises ValueError
    for an unknown name and for images that the model does not take.
    """
    look = _opened(model, name)
    return np.concatenate([x[0] for x in _in_parts(look, _batch(model, images))])


def receptive_field(model: keras.Model, name: str | None = None) -> tuple:
    """Return `(size, step, start)` of the pixels that a layer's numbers depend on.

    The number in row i depends on the image's rows `start + i * step` to
    `start + i * step + size - 1`, columns alike, as far as they exist. For square
    windows and strides, in a plain chain of layers. Raises ValueError for any other,
    and where a layer before it sees the whole image.
    """
    if not isinstance(model, keras.Sequential):
        raise ValueError(f"{model.name} is no keras.Sequential: its paths may differ")
    target = _layer(model, name)
    size, step, start = 1, 1, 0
    extent = model.inputs[0].shape[1] or 32
    for layer in model.layers:
        if isinstance(layer, WINDOWED):
            window = getattr(layer, "kernel_size", getattr(layer, "pool_size", None))
            dilation = getattr(layer, "dilation_rate", (1, 1))
            for sides in (window, dilation, layer.strides, model.inputs[0].shape[1:3]):
                if sides[0] != sides[1]:
                    raise ValueError(
                        f"{layer.name} or the image is not square: {sides}"
                    )
            window = (window[0] - 1) * dilation[0] + 1
            strides = layer.strides[0]
            same = layer.padding == "same"
            before = layers._same_padding(extent, window, strides)[0] if same else 0
            size, start = size + (window - 1) * step, start - before * step
            step, extent = (
                step * strides,
                layers.output_size(extent, window, strides, layer.padding),
            )
        elif len(layer.output.shape) != 4:
            raise ValueError(f"{layer.name} is no map: {target.name} sees all pixels")
        elif not isinstance(layer, POINTWISE):
            raise ValueError(f"no receptive field known for {type(layer).__name__}")
        if layer is target:
            return size, step, start
    raise ValueError(f"{target.name} was not reached")


def strongest(
    model: keras.Model, images, name: str, channel: int, count: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Find the images that excite a channel most: `(K,) indices, (K, 2) places`.

    K is `count`, or all there are; a place is row and column in the layer's map, where
    that image's answer is largest; the strongest image comes first.
    """
    look = _opened(model, name)
    if len(look.outputs[0].shape) != 4:
        raise ValueError(_no_maps(model, name))
    channels = look.outputs[0].shape[-1]
    if not 0 <= channel < channels:
        raise ValueError(f"{name} has channels 0 to {channels - 1}, not {channel}")
    parts = _in_parts(look, _batch(model, images))
    maps = np.concatenate([x[0][..., channel] for x in parts])
    flat = maps.reshape(len(maps), -1)
    order = np.argsort(-flat.max(axis=1), kind="stable")[:count]
    places = np.unravel_index(flat[order].argmax(axis=1), maps.shape[1:3])
    return order, np.stack(places, axis=1)


def occlusion(
    model: keras.Model, image, label: int, size: int = 8, step: int = 2
) -> np.ndarray:
    """Cover the image square by square and watch the class: `(H, W, C) -> (H, W)`.

    Each number is the drop in the probability of `label`, averaged over all squares of
    `size` pixels that covered the pixel; the cover is the image's mean colour. After
    Zeiler and Fergus (2013), arXiv 1311.2901.
    """
    image = _batch(model, np.asarray(image)[None])[0]
    height, width = image.shape[:2]
    if not 1 <= size <= min(height, width) or step < 1:
        raise ValueError(
            f"a square of {size} every {step} pixels does not suit {image.shape}: "
            "1 <= size <= image and step >= 1"
        )
    corners = [
        (row, column)
        for row in _starts(height, size, step)
        for column in _starts(width, size, step)
    ]
    covered = np.repeat(image[None], len(corners) + 1, axis=0)
    for one, (row, column) in zip(covered[1:], corners, strict=True):
        one[row : row + size, column : column + size] = image.mean(axis=(0, 1))
    scores = np.concatenate([x[:, label] for x in _in_parts(model, covered)])
    total, times = np.zeros((2, height, width))
    for drop, (row, column) in zip(scores[0] - scores[1:], corners, strict=True):
        total[row : row + size, column : column + size] += drop
        times[row : row + size, column : column + size] += 1
    return total / times


def _starts(extent: int, size: int, step: int) -> list[int]:
    """Return where squares begin so that every pixel is covered: the last fits too."""
    return sorted({*range(0, extent - size + 1, step), extent - size})


def _no_maps(model: keras.Model, name: str) -> str:
    """Say that a layer has none, and which have."""
    return f"{name} has no maps; the convolutions are: {', '.join(convolutions(model))}"


def _logits(last: keras.Layer, x):
    """Return a last layer's output before its softmax."""
    by_name = isinstance(last, keras.layers.Activation)
    if isinstance(last, keras.layers.Softmax) or (
        by_name and last.activation is keras.activations.softmax
    ):
        return x
    if getattr(last, "activation", None) is keras.activations.softmax:
        return keras.ops.matmul(x, last.kernel) + (last.bias if last.use_bias else 0)
    return last(x)


def grad_cam(
    model: keras.Model, image, label: int, name: str | None = None
) -> np.ndarray:
    """Weigh a layer's maps by how much each speaks for a class: `(H, W, C) -> (H, W)`.

    After Selvaraju et al. (2016), arXiv 1610.02391, on the class's logit; 0 to 1,
    resized to the image; all 0 where nothing speaks for `label`. TensorFlow only.
    """
    import tensorflow as tf  # here: loading it before helpers.quiet is loud

    image = _batch(model, np.asarray(image)[None]).astype("float32")
    both, pixels = _opened(model, name), tf.constant(image)
    if len(both.outputs[0].shape) != 4:
        raise ValueError(_no_maps(model, name))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps, x = both(pixels, training=False)
        score = _logits(model.layers[-1], x)[:, label]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1))[0]
    heat = tf.image.resize(heat[..., None], image.shape[1:3])[..., 0].numpy()
    return heat / heat.max() if heat.max() > 0 else heat


def randomized(model: keras.Model, seed: int = 0) -> keras.Model:
    """Return the same network with fresh random weights: what it knows before training.

    The sanity check of Adebayo et al. (2018), arXiv 1810.03292: a picture that looks
    the same for this one says nothing about what was learned. Sets Keras's seed.
    """
    keras.utils.set_random_seed(seed)
    return model.__class__.from_config(model.get_config())


def nearest(features, queries, count: int = 8) -> np.ndarray:
    """Find the rows most like each query by angle: `(N, F), (Q, F) -> (Q, K)` indices.

    The likest first; K is `count`, or all there are.
    """
    features, queries = np.asarray(features, float), np.asarray(queries, float)
    if features.ndim != 2 or queries.shape[1:] != features.shape[1:]:
        raise ValueError(
            f"features must be (N, F) and queries (Q, F), not {features.shape} and "
            f"{queries.shape}"
        )
    lengths = np.linalg.norm(features, axis=1)  # a query's own changes no order
    cosine = queries @ features.T / np.maximum(lengths, 1e-12)
    return np.argsort(-cosine, axis=1, kind="stable")[:, :count]
