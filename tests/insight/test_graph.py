"""A model as nodes computes what the model computes; what it is not gets a sentence."""

import numpy as np
import pytest

from helpers.insight import graph
from helpers.quiet import keras

L = keras.layers
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype("float32")


def test_the_last_output_is_the_models(model):
    found = graph.outputs(graph.nodes(model), IMAGES)[-1]
    assert np.allclose(found, model.predict(IMAGES, verbose=0), atol=1e-5)


def test_a_node_stands_behind_what_it_needs(model):
    for k, (_, places) in enumerate(graph.nodes(model)):
        assert places and max(places) <= k


def test_an_addition_names_both_of_its_inputs():
    inputs = keras.Input((8, 8, 3))
    inner = keras.Sequential([L.Conv2D(3, 3, padding="same"), L.ReLU()])  # laid open
    model = keras.Model(inputs, L.Add()([inputs, inner(inputs)]))
    names = [(type(layer).__name__, places) for layer, places in graph.nodes(model)]
    assert names == [("Conv2D", [0]), ("ReLU", [1]), ("Add", [0, 2])]


def test_a_saved_model_has_the_same_nodes(model, tmp_path):
    model.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras")
    ours, theirs = graph.nodes(model), graph.nodes(again)
    assert [(a.name, p) for a, p in ours] == [(b.name, p) for b, p in theirs]


class Own(keras.Model):
    def call(self, x):
        return x


def twice():
    inputs, layer = keras.Input((8, 8, 3)), L.Conv2D(3, 1, name="c")
    return keras.Model(inputs, layer(layer(inputs)))


def two_inputs():
    pair = [keras.Input((8, 8, 3)), keras.Input((8, 8, 3))]
    return keras.Model(pair, L.Add()(pair))


def two_outputs():
    inputs = keras.Input((8, 8, 3))
    return keras.Model(inputs, [L.ReLU()(inputs), L.Flatten()(inputs)])


@pytest.mark.parametrize(
    "build, said",
    [
        (lambda: Own(name="own"), "own is neither Sequential nor functional: build"),
        (twice, "c is used twice: give each place its own layer"),
        (two_inputs, "needs one input and one output"),
        (two_outputs, "needs one input and one output"),
    ],
)
def test_what_cannot_be_followed_gets_a_sentence(build, said):
    with pytest.raises(ValueError, match=said):
        graph.nodes(build())


def test_three_hundred_layers_are_as_many_nodes():
    model = keras.Sequential([keras.Input((2,)), *(L.ReLU() for _ in range(300))])
    assert [places for _, places in graph.nodes(model)] == [[k] for k in range(300)]
