"""Transfer learning: the backbone of a trained network for classes it never saw."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers import inputs
from helpers.data import Images
from helpers.quiet import keras


def only(images: Images, classes) -> Images:
    """Keep the images of some classes; they are numbered 0, 1, ... in that order.

    ValueError for a class that no image has.
    """
    classes, labels = list(classes), inputs.class_numbers(images.labels)
    if missing := sorted(set(classes) - set(np.unique(labels).tolist())):
        raise ValueError(f"no image has the class {missing[0]}")
    kept = np.isin(labels, classes)
    new = np.full(max(classes) + 1, -1)
    new[classes] = np.arange(len(classes))
    return Images(images.images[kept], new[labels[kept]])


def backbone(model: keras.Model, size: int | None = None) -> keras.Model:
    """Return the layers of a fast CNN up to its features: `(N, H, W, C) -> (N, F)`.

    H and W are `size`, or those of the model. The layers are shared with `model`, not
    copied. ValueError for a model without a GlobalMaxPooling2D layer.
    """
    *rows_and_columns, channels = model.input_shape[1:]
    if size is not None:
        rows_and_columns = size, size
    x = inputs = keras.Input((*rows_and_columns, channels))
    for layer in model.layers:
        x = layer(x)
        if isinstance(layer, keras.layers.GlobalMaxPooling2D):
            return keras.Model(inputs, x, name="backbone")
    raise ValueError(f"{model.name} has no GlobalMaxPooling2D layer to cut behind")


def freeze(backbone: keras.Model, still=keras.layers.Layer) -> None:
    """Make a backbone's layers of the kind `still` not trainable, the others trainable.

    A layer named "whitening" never learns. A BatchNormalization layer that is not
    trainable stays in inference mode. (To call the backbone with `training=False` does
    not do that in a functional model: Keras 3.15's `fit` replaces it;
    keras-team/keras#20285.)
    """
    for layer in backbone.layers:
        learns = not isinstance(layer, still) and layer.name != "whitening"
        layer.trainable = learns


def with_head(backbone: keras.Model, classes: int = 2) -> keras.Model:
    """Put a dense layer on a backbone: `(N, H, W, C) -> (N, classes)` probabilities."""
    inputs = keras.Input(backbone.input_shape[1:])
    outputs = keras.layers.Dense(classes, activation="softmax")(backbone(inputs))
    return keras.Model(inputs, outputs)


def linear(features, labels) -> Pipeline:
    """Fit a linear classifier on features, `(N, F)` and `(N,)`: a linear probe.

    The features are standardized, and the weights held small (C = 0.01), because the
    pictures are few. Returns scikit-learn's pipeline, with `predict` and `score`.
    """
    head = LogisticRegression(C=0.01, max_iter=1000)
    labels = inputs.class_numbers(labels)
    return make_pipeline(StandardScaler(), head).fit(np.asarray(features), labels)


def tune(
    model: keras.Model,
    images: Images,
    learning_rate: float,
    steps: int = 300,
    batch_size: int = 20,
) -> keras.Model:
    """Train on few images with Adam for about so many steps; return the model.

    Cosine decay takes the learning rate from `learning_rate` to 0.
    """
    images = Images(*inputs.pairs(*images, model.output_shape[-1]))
    batches = -(-len(images.labels) // batch_size)
    epochs = max(1, round(steps / batches))
    decay = keras.optimizers.schedules.CosineDecay(learning_rate, epochs * batches)
    model.compile(keras.optimizers.Adam(decay), "sparse_categorical_crossentropy")
    model.fit(*images, batch_size=batch_size, epochs=epochs, verbose=0)
    return model


def accuracy(model: keras.Model, images: Images) -> float:
    """Return the fraction of right answers, 0..1, without tracing the model anew."""
    pixels, labels = inputs.pairs(*images)
    starts = range(0, len(labels), 250)
    scores = [model(pixels[i : i + 250], training=False) for i in starts]
    found = np.concatenate([keras.ops.convert_to_numpy(x) for x in scores])
    labels = inputs.class_numbers(labels, found.shape[1])
    return float((found.argmax(axis=1) == labels).mean())
