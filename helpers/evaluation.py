"""Numbers from predictions; scikit-learn and SciPy do what they can.

N examples of K classes: `labels` and `predictions` are (N,) class numbers 0..K-1,
`probabilities` are (N, K) with rows that sum to 1.
"""

import operator

import numpy as np
from scipy.stats import binomtest, sem, t
from sklearn.metrics import precision_recall_fscore_support


def _classes(name: str, numbers, classes: int) -> np.ndarray:
    """Return `numbers` as (N,) integers in 0..classes-1, or raise."""
    numbers = np.asarray(numbers)
    if numbers.ndim != 1 or len(numbers) == 0:
        raise ValueError(
            f"{name} must be (N,), one class number an example, not {numbers.shape}; "
            "probabilities become class numbers with .argmax(axis=1)"
        )
    if numbers.dtype.kind not in "iu":
        raise ValueError(f"{name} must be integers, not {numbers.dtype}")
    if numbers.min() < 0 or numbers.max() >= classes:
        raise ValueError(
            f"{name} must lie in 0..{classes - 1} for {classes} classes, "
            f"not in {numbers.min()}..{numbers.max()}"
        )
    return numbers


def _checked(probabilities, labels) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (N, K) as float64 and labels (N,), or raise."""
    probabilities = np.asarray(probabilities, "float64")
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise ValueError(f"probabilities must be (N, K), not {probabilities.shape}")
    sums = probabilities.sum(axis=1)
    wrong = ~(np.abs(sums - 1) <= 1e-3) | (probabilities < 0).any(axis=1)
    if wrong.any():
        row = wrong.argmax()
        raise ValueError(
            f"row {row} of probabilities sums to {sums[row]:.4g} or holds a negative "
            "number; logits become probabilities with layers.softmax"
        )
    labels = _classes("labels", labels, probabilities.shape[1])
    _same_length("probabilities", probabilities, labels)
    return probabilities, labels


def _same_length(name: str, values: np.ndarray, labels: np.ndarray) -> None:
    """Raise unless there is one row of `values` for each label."""
    if len(values) != len(labels):
        raise ValueError(f"{name} has {len(values)} rows, labels has {len(labels)}")


def accuracy_interval(
    correct: int, total: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Give the range in which the true accuracy plausibly lies: `(low, high)`, 0..1.

    The score interval of Wilson (1927), "Probable inference, the law of succession, and
    statistical inference", for `correct` right answers on `total` examples that the
    model has not been chosen on. Raises ValueError unless 0 <= correct <= total,
    total >= 1 and 0 < confidence < 1.
    """
    correct, total = operator.index(correct), operator.index(total)
    if total < 1 or not 0 <= correct <= total:
        raise ValueError(f"correct must lie in 0..total, not {correct} of {total}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    test = binomtest(correct, total)
    low, high = test.proportion_ci(confidence_level=confidence, method="wilson")
    return float(low), float(high)


def mean_interval(
    values, confidence: float = 0.95, held_out: float = 0.0
) -> tuple[float, float]:
    """Give the range in which the mean of many such runs plausibly lies: `(low, high)`.

    Student's t for `(N,)` independent values, N at least 2: for instance one accuracy a
    seed, or one difference a seed between two networks. The runs of cross-validation
    share images, so they are not independent: `held_out` is the share of images that a
    run leaves out, 1 / folds, and widens the interval as Nadeau and Bengio (2003),
    "Inference for the generalization error", do for random splits; for folds that is a
    rule of thumb. Raises ValueError for other shapes and unless 0 < confidence < 1 and
    0 <= held_out < 1.
    """
    values = np.asarray(values, "float64")
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(
            f"values must be (N,) with N of 2 or more, not {values.shape}: one run "
            "tells nothing of its spread"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out must be a share from 0 to 1, not {held_out}")
    widened = np.sqrt(1 + len(values) * held_out / (1 - held_out))
    reach = sem(values) * widened * t.ppf((1 + confidence) / 2, len(values) - 1)
    return float(values.mean() - reach), float(values.mean() + reach)


def per_class(labels, predictions, class_names) -> list[dict]:
    """Judge each class by itself: one row a class, in the order of `class_names`.

    A row holds `name`, `precision`, `recall`, `f1` (0..1; 0 where nothing was predicted
    or nothing is there) and `support`, how many examples have that label. Raises
    ValueError for lengths that differ and for class numbers outside 0..K-1.
    """
    numbers = range(len(class_names))
    labels = _classes("labels", labels, len(class_names))
    predictions = _classes("predictions", predictions, len(class_names))
    _same_length("predictions", predictions, labels)
    columns = precision_recall_fscore_support(
        labels, predictions, labels=numbers, zero_division=0
    )
    keys = ("name", "precision", "recall", "f1", "support")
    values = (list(class_names), *(column.tolist() for column in columns))
    return [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]


def most_confident_mistakes(probabilities, labels, count: int = 10) -> np.ndarray:
    """Find the examples where the model was surest and wrong: indices, surest first.

    `(N, K) probabilities, (N,) labels -> (count,)`, fewer if it made fewer mistakes;
    equally sure ones keep their order. Raises ValueError for shapes, labels or sums
    that are wrong, and for a count below 0.
    """
    probabilities, labels = _checked(probabilities, labels)
    if operator.index(count) < 0:
        raise ValueError(f"count must be 0 or more, not {count}")
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    order = np.argsort(-probabilities.max(axis=1)[wrong], kind="stable")
    return wrong[order][:count]


def reliability(
    probabilities, labels, bins: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare how sure the model was with how often it was right, bin by bin.

    `(N, K) probabilities, (N,) labels -> confidence, accuracy, count`, each `(bins,)`.
    Bin b holds the examples whose largest probability is above b / bins and at most
    (b + 1) / bins; an empty one has a count of 0 and NaN for the two means. Raises
    ValueError for shapes, labels or sums that are wrong, and for bins below 1.
    """
    probabilities, labels = _checked(probabilities, labels)
    if operator.index(bins) < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    sure = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    inner_edges = np.linspace(0, 1, bins + 1)[1:-1]
    place = np.searchsorted(inner_edges, sure)
    count, *sums = (np.bincount(place, w, bins) for w in (None, sure, right))
    means = [np.divide(s, count, np.full(bins, np.nan), where=count > 0) for s in sums]
    return means[0], means[1], count


def calibration_error(probabilities, labels, bins: int = 10) -> float:
    """Average the gap between confidence and accuracy, each bin by its count: 0..1.

    The expected calibration error of Guo et al. (2017), "On Calibration of Modern
    Neural Networks" (arXiv 1706.04599), over the bins of `reliability`; raises as that.
    """
    confidence, accuracy, count = reliability(probabilities, labels, bins)
    gaps = np.nan_to_num(np.abs(accuracy - confidence))
    return float(gaps @ count / count.sum())


# What the notebooks assert of trained networks: low and high of what was measured over
# seeds and machines, widened; never compared as text
BANDS = {
    # notebook 09: trained there; the card holds three seeds of the same
    "dense validation accuracy": {"cifar10": (0.37, 0.50), "digits": (0.88, 1.01)},
    "dense live units": {"cifar10": (5, 45), "digits": (50, 128)},
    "gentle dense live units": {"cifar10": (35, 128), "digits": (60, 128)},
    "gentle dense gain": {"cifar10": (-0.03, 0.04), "digits": (-0.06, 0.06)},
    "cnn validation accuracy": {"cifar10": (0.69, 0.80), "digits": (0.92, 1.01)},
    "cnn card accuracy": {"cifar10": (0.72, 0.80), "digits": (0.93, 1.01)},
    "dense gap": {"cifar10": (-0.02, 0.06), "digits": (-0.02, 0.12)},
    "cnn gap": {"cifar10": (0.03, 0.18), "digits": (-0.02, 0.08)},
    "few training": {"cifar10": (0.85, 1.01), "digits": (0.95, 1.01)},
    "few validation": {"cifar10": (0.22, 0.45), "digits": (0.80, 1.01)},
    "few loss growth": {"cifar10": (1.3, 4.0), "digits": (0.99, 5.0)},
    # notebook 10: the networks in notebooks/models, on the test images
    "cnn test accuracy": {"cifar10": (0.72, 0.79), "digits": (0.93, 1.01)},
    "dense test accuracy": {"cifar10": (0.38, 0.50), "digits": (0.92, 1.01)},
    "cnn spread of seeds": {"cifar10": (0.003, 0.04), "digits": (0.0, 0.04)},
    "cnn share of disagreements": {"cifar10": (0.80, 0.95), "digits": (0.3, 1.0)},
    "cnn lowest f1": {"cifar10": (0.47, 0.67), "digits": (0.80, 1.01)},
    "cnn calibration error": {"cifar10": (0.015, 0.10), "digits": (0.0, 0.06)},
    "cnn calibration gain": {"cifar10": (0.005, 0.09), "digits": (-0.03, 0.05)},
    # notebook 11: a small network trained there, and the cnn in notebooks/models
    "kernel neighbours alike": {"cifar10": (0.30, 0.60), "digits": (0.20, 0.55)},
    "channel's largest class": {"cifar10": (0.35, 0.55), "digits": (0.33, 0.50)},
    "drop where occlusion points": {"cifar10": (0.15, 0.40), "digits": (0.15, 0.45)},
    "same class, nearest by features": {"cifar10": (0.60, 0.71), "digits": (0.93, 1.0)},
    "same class, nearest by pixels": {"cifar10": (0.20, 0.25), "digits": (0.90, 0.99)},
    # notebook 12: a small network trained there on few images
    "by heart, training": {"cifar10": (0.9, 1.01), "digits": (0.97, 1.01)},
    "by heart, judged": {"cifar10": (0.40, 0.50), "digits": (0.82, 1.01)},
    "by heart, loss growth": {"cifar10": (1.25, 2.5), "digits": (0.99, 1.5)},
    "by heart, change after the least loss": {
        "cifar10": (-0.01, 0.12),
        "digits": (-0.06, 0.06),
    },
    "broken by slow momentum": {"cifar10": (0.15, 0.4), "digits": (0.4, 1.0)},
    "gain of the best three, points": {"cifar10": (4, 14), "digits": (-20, 3)},
    # notebook 13: a small network, searched and cross-validated there on few images
    "rate where the fall begins": {"cifar10": (1e-6, 1e-3), "digits": (1e-6, 1e-3)},
    "rate of the least loss": {"cifar10": (1e-3, 0.3), "digits": (1e-3, 0.3)},
    "best of the live study": {"cifar10": (0.3, 0.5), "digits": (0.7, 1.01)},
    "folds of the winner": {"cifar10": (0.3, 0.5), "digits": (0.7, 1.01)},
    # notebook 14: statistics of pixels, and the "84 %" preset trained there
    "neighbours correlate": {"cifar10": (0.88, 0.97), "digits": (0.80, 0.92)},
    "fast validation accuracy": {"cifar10": (0.815, 0.885), "digits": (0.93, 1.01)},
    # notebook 15: the "84 %" preset on eight classes, then two new ones
    "eight classes": {"cifar10": (0.82, 0.9), "digits": (0.95, 1.01)},
    "from_scratch, 20 each": {"cifar10": (0.55, 0.75), "digits": (0.85, 1.01)},
    "from_scratch, 100 each": {"cifar10": (0.7, 0.85), "digits": (0.85, 1.01)},
    "from_scratch, 500 each": {"cifar10": (0.78, 0.9), "digits": (0.85, 1.01)},
    "frozen, 20 each": {"cifar10": (0.6, 0.8), "digits": (0.85, 1.01)},
    "frozen, 100 each": {"cifar10": (0.65, 0.82), "digits": (0.85, 1.01)},
    "frozen, 500 each": {"cifar10": (0.68, 0.82), "digits": (0.85, 1.01)},
    "fine_tuned, 20 each": {"cifar10": (0.65, 0.85), "digits": (0.85, 1.01)},
    "fine_tuned, 100 each": {"cifar10": (0.78, 0.92), "digits": (0.85, 1.01)},
    "fine_tuned, 500 each": {"cifar10": (0.84, 0.94), "digits": (0.85, 1.01)},
    "spoiled at a rate of 0": {"cifar10": (0.01, 0.2), "digits": (-0.01, 0.2)},
    "forgotten": {"cifar10": (0.1, 0.78), "digits": (-0.01, 0.9)},
    # notebook 16: k-means on 2,000 validation images, by pixels and by features
    "colour explained by heaps": {"cifar10": (0.65, 0.8), "digits": (0.0, 0.15)},
    "colour explained by classes": {"cifar10": (0.08, 0.15), "digits": (0.0, 0.2)},
    "heaps by pixels, named": {"cifar10": (0.2, 0.27), "digits": (0.6, 0.8)},
    "Rand index by pixels": {"cifar10": (0.02, 0.07), "digits": (0.4, 0.65)},
    "variance kept by 50": {"cifar10": (0.8, 0.9), "digits": (0.99, 1.01)},
    "Rand gain of PCA": {"cifar10": (-0.03, 0.03), "digits": (-0.15, 0.15)},
    "Rand index by features": {"cifar10": (0.75, 0.87), "digits": (0.9, 1.01)},
    "Rand index by untrained": {"cifar10": (0.0, 0.04), "digits": (0.1, 0.5)},
    "ten answers, features": {"cifar10": (0.8, 0.95), "digits": (0.9, 1.01)},
    "ten answers, pixels": {"cifar10": (0.1, 0.25), "digits": (0.4, 0.8)},
    "best number of heaps by pixels": {"cifar10": (2, 2), "digits": (2, 40)},
    "best number of heaps by features": {"cifar10": (10, 10), "digits": (10, 10)},
    "silhouette of photos over a cloud": {"cifar10": (-0.02, 0.05), "digits": (0, 0.3)},
    "neighbours on the page": {"cifar10": (0.7, 1.01), "digits": (0.9, 1.01)},
    # notebook 17: the networks in notebooks/models, on photos that came another way
    "smooth, helpers.photos": {"cifar10": (0.86, 0.97), "digits": (0.94, 1.01)},
    "smooth, nearest pixel": {"cifar10": (0.86, 0.97), "digits": (0.94, 1.01)},
    "grainy, helpers.photos": {"cifar10": (0.82, 0.95), "digits": (0.94, 1.01)},
    "grainy, nearest pixel": {"cifar10": (0.05, 0.18), "digits": (0.75, 0.97)},
    "page 9, sure of photos": {"cifar10": (0.76, 0.83), "digits": (0.97, 1.0)},
    "page 9, sure of noise": {"cifar10": (0.9, 0.99), "digits": (0.35, 0.55)},
    "page 14, sure of photos": {"cifar10": (0.71, 0.77), "digits": (0.78, 0.85)},
    "page 14, sure of noise": {"cifar10": (0.2, 0.27), "digits": (0.17, 0.23)},
    "faces above 0.97": {"cifar10": (0.05, 0.2), "digits": (0.15, 0.4)},
    "known photos right": {"cifar10": (0.9, 0.94), "digits": (0.97, 1.01)},
    "page 9, refused photos": {"cifar10": (0.5, 0.7), "digits": (0.02, 0.2)},
    "page 9, refused noise": {"cifar10": (0.05, 0.4), "digits": (0.9, 1.0)},
    "page 14, refused photos": {"cifar10": (0.2, 0.3), "digits": (0.0, 0.06)},
    "page 14, refused noise": {"cifar10": (0.98, 1.0), "digits": (0.98, 1.0)},
    "refused photos right": {"cifar10": (0.6, 0.8), "digits": (0.0, 1.0)},
    "mistakes refused": {"cifar10": (0.85, 0.98), "digits": (0.0, 1.0)},
    "answers changed by 8 bits": {"cifar10": (0.01, 0.022), "digits": (0.0, 0.02)},
    "points lost by 8 bits": {"cifar10": (0.0, 0.6), "digits": (-1.0, 1.0)},
    "rulers made at night": {"cifar10": (0.05, 0.25), "digits": (0.0, 0.25)},
    "one class, surer than before": {"cifar10": (-0.14, -0.03), "digits": (-0.1, 0.1)},
    "one class, right": {"cifar10": (0.75, 0.88), "digits": (0.8, 1.0)},
    # notebook 08: the split, and a classifier that has learned nothing
    "training images a class": {"cifar10": (4500, 4500), "digits": (115, 135)},
    "validation images a class": {"cifar10": (500, 500), "digits": (17, 19)},
    "nearest neighbour accuracy": {"cifar10": (0.37, 0.40), "digits": (0.94, 1.0)},
}


def band(what: str, data_name: str) -> tuple[float, float]:
    """Look up between which two numbers `what` lies on a data set: `(low, high)`.

    `what` is a key of BANDS, `data_name` "cifar10" or "digits". Raises ValueError for
    anything else.
    """
    if what not in BANDS:
        raise ValueError(f"no band for {what!r}; there are: {', '.join(BANDS)}")
    if data_name not in BANDS[what]:
        known = ", ".join(BANDS[what])
        raise ValueError(f"{what!r} has no band for {data_name!r}, only for: {known}")
    return BANDS[what][data_name]
