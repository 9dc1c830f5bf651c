"""A Keras model as its layers in order, each with the places that it takes from."""

from helpers.quiet import keras


def nodes(model: keras.Model) -> list[tuple]:
    """List what a model does as `(layer, places)`, each after what it needs.

    Place 0 is the image, place k + 1 the output of the k-th of the list; the last one's
    is the model's. Models inside it are laid open; `x + y` of two layers' outputs is an
    operation of Keras, not a layer. ValueError, a sentence, unless the model has one
    input and one output and is Sequential or functional.
    """
    found = []
    if _inside(model, 0, found) != len(found):
        raise ValueError(f"{model.name} does not end with its last layer")
    return found


def _inside(model: keras.Model, entry: int, found: list[tuple]) -> int:
    """Append a model's nodes, its input at place `entry`; return its output's place."""
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            entry = _apply(layer, [entry], found)
        return entry
    if not hasattr(model, "_nodes_by_depth"):
        raise ValueError(
            f"{model.name} is neither Sequential nor functional: build it with "
            "keras.Sequential or keras.Model(inputs, outputs)"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(f"{model.name} needs one input and one output")
    places = {id(model.inputs[0]): entry}
    for depth in sorted(model._nodes_by_depth, reverse=True):
        for node in model._nodes_by_depth[depth]:
            if not node.is_input:
                given = [places[id(tensor)] for tensor in node.input_tensors]
                place = _apply(node.operation, given, found)
                places |= {id(tensor): place for tensor in node.outputs}
    return places[id(model.outputs[0])]


def _apply(layer, given: list[int], found: list[tuple]) -> int:
    """Append one layer, or what a model consists of; return its output's place."""
    if isinstance(layer, keras.Model):
        return _inside(layer, *given, found)
    if isinstance(layer, keras.layers.InputLayer):
        return given[0]
    if getattr(layer, "weights", None) and any(layer is one for one, _ in found):
        raise ValueError(f"{layer.name} is used twice: give each place its own layer")
    found.append((layer, given))
    return len(found)


def outputs(found: list[tuple], images) -> list:
    """Apply the nodes to a batch, in inference mode: what is at all the places."""
    at = [images]
    for layer, places in found:
        given = [at[place] for place in places]
        if isinstance(layer, keras.layers.Layer):
            given = [given[0] if len(given) == 1 else given]
        training = getattr(layer, "_call_has_training_arg", False)
        at.append(layer(*given, **({"training": False} if training else {})))
    return at
