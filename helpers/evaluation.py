"""Numbers from predictions; scikit-learn and SciPy do what they can.

N examples of K classes: `labels` and `predictions` are (N,) class numbers 0..K-1,
`probabilities` are (N, K) with rows that sum to 1.
"""

import operator
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import binomtest, sem, t
from sklearn.metrics import precision_recall_fscore_support

from helpers import inputs

BANDS = Path(__file__).parents[1] / "tests" / "bands.toml"


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
    labels = inputs.class_numbers(labels, probabilities.shape[1])
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
    labels = inputs.class_numbers(labels, len(class_names))
    predictions = inputs.class_numbers(predictions, len(class_names), "predictions")
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


def expect(what: str, value: float, data_name: str) -> None:
    """Assert that a number of a trained network lies in its `band` on this data set.

    Raises AssertionError with both in one sentence, ValueError for a name without one.
    """
    low, high = band(what, data_name)
    assert low <= value <= high, (
        f"{what} on {data_name} is {value:.4g}, expected from {low:g} to {high:g}, as "
        "over seeds and machines: if you changed a cell above, that may be why"
    )


def band(what: str, data_name: str) -> tuple[float, float]:
    """Return the least and the most that a number of a trained network may be.

    `what` is a key of `tests/bands.toml`, `data_name` "cifar10", "digits" or "emoji";
    pictures of one's own have the band "other" where there is one, which is wider.
    Raises ValueError for a name without one.
    """
    bands = _bands()
    if what not in bands:
        raise ValueError(f"no band for {what!r}; there are: {', '.join(bands)}")
    both = bands[what]
    if data_name not in both and "other" not in both:
        known = ", ".join(both)
        raise ValueError(
            f"{what!r} has no band for {data_name!r}, only for: {known}; take one of "
            "these data"
        )
    low, high = both.get(data_name) or both["other"]
    return low, high


@cache
def _bands() -> dict:
    """Read the bands of all notebooks: `{what: {data_name: [low, high]}}`."""
    sections = tomllib.loads(BANDS.read_text(encoding="utf-8"))
    return {what: both for each in sections.values() for what, both in each.items()}
