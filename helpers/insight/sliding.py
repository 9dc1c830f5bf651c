"""A network slides over a whole photo, as a kernel does: scores for every window.

Sermanet and others (2014), "OverFeat", https://arxiv.org/abs/1312.6229: what windows
have in common is computed once.
"""

from helpers.insight import graph
from helpers.quiet import keras

GLOBAL = {
    keras.layers.GlobalAveragePooling2D: keras.layers.AveragePooling2D,
    keras.layers.GlobalMaxPooling2D: keras.layers.MaxPooling2D,
}


def over_photo(model: keras.Model, window: int) -> keras.Model:
    """Return a network for photos of any size, with the weights of `model`.

    `(N, H, W, C) -> (N, rows, columns, classes)`: at [row, column] is what `model`
    gives for the `window` x `window` pixels from [stride * row, stride * column] on,
    where `stride` is the product of the network's strides. ValueError, a sentence, for
    padding, which a window inside a photo has none of, and unless the network has one
    global pooling.
    """
    found = graph.nodes(model)
    _check(found)
    channels = model.input_shape[-1]
    small = graph.outputs(found, keras.ops.zeros((1, window, window, channels)))
    at = [keras.Input((None, None, channels))]
    for (layer, places), seen in zip(found, _sides(found, small), strict=True):
        given = [at[place] for place in places]
        if type(layer) in GLOBAL:  # a window's own places, and no others
            layer = GLOBAL[type(layer)](seen, strides=1)
        at.append(layer(given[0] if len(given) == 1 else given))
    return keras.Model(at[0], at[-1], name=f"{model.name}_over_photo")


def _sides(found: list[tuple], at: list) -> list[tuple]:
    """Return rows and columns of what each layer takes."""
    return [tuple(at[places[0]].shape[1:3]) for _, places in found]


def _check(found: list[tuple]) -> None:
    """ValueError unless the network can slide."""
    for layer, _ in found:
        if getattr(layer, "padding", "valid") != "valid":
            raise ValueError(
                f"{layer.name} pads its input: a window inside a photo has no border "
                'of zeros; build the network with padding="valid"'
            )
        if isinstance(layer, keras.layers.Flatten):
            raise ValueError(
                f"{layer.name} fixes the size of the picture: build the network with "
                "GlobalAveragePooling2D in its place"
            )
    if sum(type(layer) in GLOBAL for layer, _ in found) != 1:
        raise ValueError("the network needs one global pooling in front of its scores")
