"""Where a network looks: occlusion, Grad-CAM, and what an untrained one shows."""

import numpy as np

from helpers.insight.activations import as_batch, in_parts, no_maps, opened
from helpers.insight.occlusion import drops
from helpers.quiet import keras


def occlusion(
    model: keras.Model, image, label: int, size: int = 8, step: int = 2
) -> np.ndarray:
    """Map how far the probability of `label` falls where the image is covered.

    `(H, W, C) -> (H, W)`: see `helpers.insight.occlusion.drops`. Raises ValueError as
    that does, and for an image that the model does not take.
    """
    image = as_batch(model, np.asarray(image)[None])[0]

    def scores(images):
        return np.concatenate(list(in_parts(model, images)))

    return drops(scores, image, label, size, step)


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

    image = as_batch(model, np.asarray(image)[None]).astype("float32")
    both = opened(model, name)
    if len(both.outputs[0].shape) != 4:
        raise ValueError(no_maps(model, name))

    def maps_and_gradient(pixels):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pixels)
            maps, x = both(pixels, training=False)
            score = _logits(model.layers[-1], x)[:, label]
        return maps, tape.gradient(score, maps)

    # a graph leaves out the kernels' gradients, in which TensorFlow may crash
    pixels = tf.constant(image)
    graph = tf.function(maps_and_gradient, autograph=False)
    maps, gradient = graph.get_concrete_function(pixels)(pixels)
    weights = tf.reduce_mean(gradient, axis=(1, 2))
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
