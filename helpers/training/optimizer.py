"""Steps that learn fast: the schedule, Muon, the larger step for biases, lookahead.

The values are in the units of a mean loss. Plain Keras 3: TensorFlow, JAX and PyTorch
run the same code.
"""

from helpers.quiet import keras

ops = keras.ops


@keras.saving.register_keras_serializable("helpers")
class LinearWarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the rate in a straight line to its peak, then lower it in another.

    From `start` x peak at step 0 to the peak after the share `top` of all steps, then
    to `end` x peak at the last.
    """

    def __init__(self, peak, steps, start=0.2, top=0.1, end=0.0):
        self.peak, self.steps = peak, steps
        self.start, self.top, self.end = start, top, end

    def __call__(self, step):
        done = ops.cast(step, keras.config.floatx()) / self.steps
        up = self.start + (1 - self.start) * done / self.top
        down = 1 + (self.end - 1) * (done - self.top) / (1 - self.top)
        return self.peak * ops.minimum(up, ops.maximum(down, self.end))

    def get_config(self):
        return vars(self)


def orthogonal(matrix, iterations=3):
    """Bring all singular values of a matrix near 1: `(m, n) -> (m, n)`, m >= n is best.

    Newton-Schulz iteration with the coefficients of K. Jordan et al. (2024), "Muon";
    they land between about 0.7 and 1.2, which is near enough for a step's direction.
    """
    x = matrix / (ops.norm(matrix) + 1e-7)
    for _ in range(iterations):
        gram = ops.matmul(ops.transpose(x), x)
        x = 3.4445 * x + ops.matmul(x, -4.775 * gram + 2.0315 * ops.matmul(gram, gram))
    return x


@keras.saving.register_keras_serializable("helpers")
class FastSGD(keras.optimizers.SGD):
    """SGD with a larger step for biases and, unless `muon` is 0, Muon for kernels.

    `bias_factor` multiplies the rate of BatchNormalization's biases. `muon` is the
    rate of convolution kernels as a multiple of `learning_rate`: a kernel is kept at
    the length sqrt(filters), and its step is made orthogonal, so that each direction
    moves by the same amount. Raises ValueError for `muon` without `momentum`.
    """

    def __init__(
        self,
        learning_rate,
        momentum=0.85,
        bias_factor=64.0,
        muon=0.0,
        muon_momentum=0.6,
        **others,
    ):
        if muon and not momentum:
            raise ValueError("muon needs momentum above 0: give momentum=0.85")
        super().__init__(learning_rate, momentum=momentum, nesterov=True, **others)
        self.bias_factor, self.muon = bias_factor, muon
        self.muon_momentum = muon_momentum
        self.exclude_from_weight_decay(var_names=["beta"])

    def build(self, variables):
        super().build(variables)
        self._biases = {i for i, v in enumerate(variables) if v.path.endswith("beta")}

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        if self.muon and len(variable.shape) == 4:
            return self._muon_step(gradient, variable, learning_rate * self.muon)
        if index in self._biases:
            learning_rate = learning_rate * self.bias_factor
        return super().update_step(gradient, variable, learning_rate)

    def _muon_step(self, gradient, kernel, learning_rate):
        momentum = self.momentums[self._get_variable_index(kernel)]
        self.assign(momentum, self.muon_momentum * momentum + gradient)
        step = gradient + self.muon_momentum * momentum  # Nesterov
        filters = kernel.shape[-1]
        step = ops.reshape(orthogonal(ops.reshape(step, (-1, filters))), kernel.shape)
        length = ops.sqrt(ops.sum(ops.square(kernel)))
        self.assign(kernel, kernel * (filters**0.5 / length) - learning_rate * step)

    def get_config(self):
        own = ("bias_factor", "muon", "muon_momentum")
        config = super().get_config() | {name: getattr(self, name) for name in own}
        del config["nesterov"]
        return config


class Lookahead(keras.callbacks.Callback):
    """Pull the weights back towards their slow average every `every` steps.

    After Zhang et al. (2019), "Lookahead Optimizer" (arXiv 1907.08610); the average
    weighs more towards the end: 0.95 ** every * (share of steps done) ** 3.
    """

    def __init__(self, steps, every=5):
        super().__init__()
        self.steps, self.every, self.done, self.slow = steps, every, 0, None

    def on_train_batch_end(self, batch, logs=None):
        self.done += 1
        fast = self.model.trainable_variables
        if self.slow is None:
            self.slow = [ops.convert_to_numpy(v) for v in fast]
        if self.done % self.every == 0:
            keep = 0.95**self.every * (self.done / self.steps) ** 3
            for i, v in enumerate(fast):
                now = ops.convert_to_numpy(v)
                self.slow[i] = keep * self.slow[i] + (1 - keep) * now
                v.assign(self.slow[i])
