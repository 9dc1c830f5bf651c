"""The parts of fast training, each a few lines that can be left out.

After K. Jordan (2024), "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (arXiv
2404.00498), for a CPU. Plain Keras 3: TensorFlow, JAX and PyTorch run the same code.
The network is `models.build_fast_cnn`, its optimizer stands in `optimizer`.
"""

import numpy as np

from helpers import inputs
from helpers.quiet import keras

ops = keras.ops


def whitening_kernel(
    pixels: np.ndarray, size: int = 2, epsilon: float = 5e-4
) -> np.ndarray:
    """Make a kernel whose maps are uncorrelated and equally strong on such images.

    `(N, H, W, C) float, centred -> (size, size, C, 2 * size * size * C)`: eigenvectors
    of the covariance of all patches, strongest first, each divided by the square root
    of its eigenvalue + `epsilon`; then their negatives, since ReLU drops one sign.
    """
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (size, size), (1, 2))
    patches = np.moveaxis(windows, 3, 5).reshape(-1, size * size * pixels.shape[3])
    values, vectors = np.linalg.eigh(patches.T @ patches / len(patches))
    kernel = (vectors / np.sqrt(values + epsilon))[:, ::-1]
    kernel = np.concatenate([kernel, -kernel], axis=1)
    return kernel.reshape(size, size, pixels.shape[3], -1).astype("float32")


def whiten(model: keras.Model, images: np.ndarray, count: int = 5000) -> None:
    """Set the layer "whitening" of a fast CNN from the first `count` uint8 images."""
    pixels = model.layers[0](
        inputs.unscaled(images[:count])
    )  # Rescaling, as the network sees them
    layer = model.get_layer("whitening")
    layer.set_weights([whitening_kernel(ops.convert_to_numpy(pixels))])


def identity_init(model: keras.Model) -> None:
    """Make every 3 x 3 convolution start by handing its first maps through unchanged.

    The layer called "whitening" stays as it is, whitened or not. In the others, filter
    i of the first min(channels, filters) becomes 1 at the middle of channel i and 0
    elsewhere; the other filters keep their random start.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.name != "whitening":
            (kernel,) = layer.get_weights()
            rows, columns, channels, filters = kernel.shape
            same = np.arange(min(channels, filters))
            kernel[..., same] = 0
            kernel[rows // 2, columns // 2, same, same] = 1
            layer.set_weights([kernel])


class Augmented(keras.utils.PyDataset):
    """Batches of one epoch, each image shifted at random and mirrored, or not.

    `(N, H, W, C) uint8, (N,) class numbers -> (batch, size, size, C), (batch, classes)`
    where `size` shrinks the images of this epoch; None leaves them (batch, H, W, C).
    Edges are reflected by `shift` pixels and a random H x W window is cut. `flip` is
    "alternating" (a coin per image says whether the even or the odd epochs show its
    mirror image: two epochs show both), "random" (a new coin each epoch) or "none";
    ValueError for another word, for labels that are none, images scaled already, and
    a batch larger than the set. `cutout` is the side of a square that is grey, its
    centre anywhere in the image (DeVries and Taylor 2017, arXiv 1708.04552); 0: none.
    `epoch` and `seed` alone decide what comes; images left over after the last whole
    batch are dropped.
    """

    def __init__(
        self,
        images,
        labels,
        batch_size,
        classes=10,
        *,
        epoch=0,
        seed=0,
        shift=2,
        flip="alternating",
        cutout=0,
        size=None,
    ):
        if flip not in ("alternating", "random", "none"):
            raise ValueError(
                f'flip must be "alternating", "random" or "none": {flip!r}'
            )
        # TensorFlow 2.21 with one worker: `fit` returns only when a tuning thread wakes
        # from its sleep of 5, 10, 20, 41 s. Keras 3.15 on JAX and PyTorch with two:
        # the first batch is lost.
        images, labels = inputs.pairs(images, labels, classes)
        if not 1 <= batch_size <= len(images):
            raise ValueError(
                f"batch_size={batch_size} does not do for {len(images)} images: take a "
                f"number from 1 to {len(images)}"
            )
        super().__init__(workers=2 if keras.backend.backend() == "tensorflow" else 1)
        self.batch_size, self.shape = batch_size, images.shape[1:3]
        self.seed, self.shift, self.flip, self.cutout = seed, shift, flip, cutout
        edge = ((0, 0), (shift, shift), (shift, shift), (0, 0))
        self.padded = np.pad(images, edge, "reflect")
        self.labels = np.eye(classes, dtype="float32")[labels]
        self.start(epoch, size)

    def start(self, epoch: int, size: int | None = None) -> "Augmented":
        """Draw order, shifts and sides of another epoch; return itself.

        One object for a whole training: TensorFlow never lets go of one it was given.
        """
        random = np.random.default_rng((self.seed, epoch))
        alternating = self.flip == "alternating"
        turn = np.random.default_rng(self.seed) if alternating else random
        coin = turn.integers(0, 2, len(self.labels))
        self.mirrored = (coin + epoch) % 2 * (self.flip != "none")
        places = 2 * self.shift + 1
        self.corner = random.integers(0, places, (2, len(self.labels), 1))
        self.order = random.permutation(len(self.labels))
        if self.cutout:
            centres = [random.integers(0, n, len(self.labels)) for n in self.shape]
            self.hole = np.array(centres)[..., None] - self.cutout // 2
        self.size = size
        return self

    def __len__(self):
        return len(self.order) // self.batch_size

    def __getitem__(self, index):
        who = self.order[index * self.batch_size :][: self.batch_size]
        rows, columns = (
            corner[who] + np.arange(n)
            for corner, n in zip(self.corner, self.shape, strict=True)
        )
        mirror = self.mirrored[who, None] == 1
        columns = np.where(mirror, columns[:, ::-1], columns)
        batch = self.padded[who[:, None, None], rows[:, :, None], columns[:, None]]
        if self.cutout:
            batch = np.where(self._holes(who), np.uint8(128), batch)
        if self.size:
            shape = (self.size, self.size)
            batch = ops.image.resize(batch, shape, antialias=True)
            batch = ops.convert_to_numpy(batch)
        return batch, self.labels[who]

    def _holes(self, who):
        """Return which pixels of these images are cut out, `(N, H, W, 1)`."""
        inside = [
            (np.arange(n) >= first[who]) & (np.arange(n) < first[who] + self.cutout)
            for first, n in zip(self.hole, self.shape, strict=True)
        ]
        return (inside[0][:, :, None] & inside[1][:, None])[..., None]


def predict_tta(model: keras.Model, images: np.ndarray, views: int = 6) -> np.ndarray:
    """Predict several views of each image and average: `(N, H, W, C) -> (N, classes)`.

    1 view: the image. 2: and its mirror image. 6: with both also shifted by a pixel up
    and left, and down and right; the unshifted weigh double. ValueError for any other.
    """
    if views not in (1, 2, 6):
        raise ValueError(f"views must be 1, 2 or 6, not {views}")
    height, width = inputs.unscaled(images).shape[1:3]
    shown, weights = [images], [1.0]
    if views == 6:
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
        shown += [padded[:, :height, :width], padded[:, 2:, 2:]]
        weights = [0.5, 0.25, 0.25]
    if views > 1:
        shown += [view[:, :, ::-1] for view in shown]
        weights = [weight / 2 for weight in weights * 2]
    outputs = (model.predict(view, batch_size=500, verbose=0) for view in shown)
    return sum(w * output for w, output in zip(weights, outputs, strict=True))
