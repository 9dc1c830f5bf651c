"""What the layers of a network put out, and which images are alike in them."""

import numpy as np

from helpers.quiet import keras


def convolutions(model: keras.Model) -> list[str]:
    """Name the convolution layers, in order; ValueError if there is none."""
    names = [
        layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    ]
    if not names:
        others = ", ".join(layer.name for layer in model.layers)
        raise ValueError(f"{model.name} has no Conv2D layer, only: {others}")
    return names


def layer_named(model: keras.Model, name: str | None) -> keras.Layer:
    """Return a layer by its name, the last convolution where it is None, or raise."""
    name = convolutions(model)[-1] if name is None else name
    known = [layer.name for layer in model.layers]
    if name not in known:
        raise ValueError(f"there is no layer {name!r}; there are: {', '.join(known)}")
    return model.get_layer(name)


def as_batch(model: keras.Model, images) -> np.ndarray:
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


def opened(model: keras.Model, name: str | None) -> keras.Model:
    """Return a model of the same layers: a layer's output, and the last one's input."""
    layer = layer_named(model, name)
    if not isinstance(model, keras.Sequential):
        return keras.Model(model.inputs[0], [layer.output, model.layers[-1].input])
    # a loaded Sequential was built once for each layer: its outputs do not connect
    x = inputs = keras.Input(model.inputs[0].shape[1:])
    for each in model.layers:
        last, x = x, each(x)
        if each is layer:
            maps = x
    return keras.Model(inputs, [maps, last])


def in_parts(look: keras.Model, images: np.ndarray):
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
    look = opened(model, name)
    return np.concatenate([x[0] for x in in_parts(look, as_batch(model, images))])


def maximally_activating(
    model: keras.Model, images, name: str, channel: int, count: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Find the images that excite a channel most: `(K,) indices, (K, 2) places`.

    K is `count`, or all there are; a place is row and column in the layer's map, where
    that image's answer is largest; the strongest image comes first.
    """
    look = opened(model, name)
    if len(look.outputs[0].shape) != 4:
        raise ValueError(no_maps(model, name))
    channels = look.outputs[0].shape[-1]
    if not 0 <= channel < channels:
        raise ValueError(f"{name} has channels 0 to {channels - 1}, not {channel}")
    parts = in_parts(look, as_batch(model, images))
    maps = np.concatenate([x[0][..., channel] for x in parts])
    flat = maps.reshape(len(maps), -1)
    order = np.argsort(-flat.max(axis=1), kind="stable")[:count]
    places = np.unravel_index(flat[order].argmax(axis=1), maps.shape[1:3])
    return order, np.stack(places, axis=1)


def no_maps(model: keras.Model, name: str) -> str:
    """Say that a layer has none, and which have."""
    return f"{name} has no maps; the convolutions are: {', '.join(convolutions(model))}"


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
