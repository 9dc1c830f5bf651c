"""Train in bfloat16 where the processor multiplies it: less time, weights in float32.

Layers hand on bfloat16, 8 bits of precision in 16; weights, statistics, steps and the
scores stay float32. Keras's own `mixed_bfloat16` alone loses much of what it saves in
BatchNormalization, which goes to float32 and back; `Normalization` is one operation of
TensorFlow instead. `plain` gives back a network of stock layers, to be saved.
"""

import os
import re
from pathlib import Path

from helpers.quiet import keras

PRECISIONS = ("float32", "bfloat16")
CPUINFO = Path("/proc/cpuinfo")
# values of ONEDNN_MAX_CPU_ISA under which oneDNN still multiplies bfloat16
WITH_BFLOAT16 = r"(ALL|DEFAULT|AVX512_CORE_BF16|AVX512_CORE_FP16|AVX10_.*|.*AMX.*)"


class Normalization(keras.layers.BatchNormalization):
    """BatchNormalization of `(N, H, W, C)` maps in whatever type they come.

    Weights and statistics are float32. TensorFlow only; ValueError when saved.
    """

    def __init__(self, **settings):
        super().__init__(**settings | {"dtype": "float32"}, autocast=False)

    def call(self, inputs, training=None, mask=None):
        import tensorflow as tf

        learns = bool(training and self.trainable)
        channels = inputs.shape[-1]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.ones(channels) if self.gamma is None else self.gamma.value,
            offset=tf.zeros(channels) if self.beta is None else self.beta.value,
            mean=self.moving_mean.value,  # in training it takes those of the batch
            variance=self.moving_variance.value,
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:3]), "float32")
            self._follow(self.moving_mean, mean)
            # the operation divides by count - 1, Keras by count
            self._follow(self.moving_variance, variance * (count - 1) / count)
        return outputs

    def compute_output_spec(self, inputs, **_):
        return keras.KerasTensor(inputs.shape, inputs.dtype)

    def _follow(self, moving, value):
        """Move a running statistic towards that of a batch."""
        moving.assign(moving * self.momentum + value * (1 - self.momentum))

    def save_own_variables(self, store):
        raise ValueError(
            "this network computes in bfloat16 with a layer of the course's own: save "
            "bfloat16.plain(model), which any Keras loads"
        )


def why_not() -> str | None:
    """Say in a sentence why bfloat16 would bring nothing here; None where it does."""
    if keras.backend.backend() != "tensorflow":
        return f"Keras runs on {keras.backend.backend()}, not on TensorFlow"
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        return "TF_ENABLE_ONEDNN_OPTS=0 switches off what multiplies bfloat16 fast"
    if not CPUINFO.is_file():
        return "this system does not tell what instructions its processor has"
    known = CPUINFO.read_text()
    if not re.search(r"\b(avx512_bf16|amx_bf16)\b", known):
        return "this processor names no instructions for bfloat16"
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper()
    if limit and not re.fullmatch(WITH_BFLOAT16, limit):
        return f"ONEDNN_MAX_CPU_ISA={limit} leaves out instructions for bfloat16"
    return None


def where_it_helps(model: keras.Model) -> keras.Model:
    """Return the network in bfloat16, or the same one and print why it stays."""
    if reason := why_not():
        print(f"This trains in float32: {reason}.")
        return model
    return of(model)


def of(model: keras.Model) -> keras.Model:
    """Return the same network, with the same weights, that computes in bfloat16.

    The first dense layer and what follows it stay float32. Compiled as the model is.
    """
    dense = [isinstance(layer, keras.layers.Dense) for layer in model.layers]
    head = model.layers[dense.index(True) :] if any(dense) else []

    def change(layer):
        if any(layer is one for one in head):
            return _like(layer, "float32")
        if _is_plain_normalization(layer):
            return Normalization.from_config(layer.get_config())
        return _like(layer, "mixed_bfloat16")

    return _cloned(model, change)


def _is_plain_normalization(layer) -> bool:
    """Tell whether `Normalization` does what this layer does."""
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
        and not (layer.synchronized or getattr(layer, "renorm", None))
    )


def plain(model: keras.Model) -> keras.Model:
    """Return the same network, with the same weights, in stock Keras and float32.

    Uncompiled, so that its file asks for no optimizer of the course's own.
    """

    def change(layer):
        if isinstance(layer, Normalization):
            return keras.layers.BatchNormalization.from_config(layer.get_config())
        return _like(layer, "float32")

    stock = _cloned(model, change)
    again = type(stock).from_config(stock.get_config())
    again.set_weights(stock.get_weights())
    return again


def _like(layer, dtype):
    """Return a new layer that differs in its type of numbers alone."""
    return type(layer).from_config(layer.get_config() | {"dtype": dtype})


def _cloned(model, change) -> keras.Model:
    """Clone a model layer by layer; the weights come with it."""
    clone = keras.models.clone_model(model, clone_function=change)
    clone.set_weights(model.get_weights())
    return clone
