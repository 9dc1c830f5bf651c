"""helpers.evaluation by hand on a few numbers, then against scikit-learn."""

import ast
import math
import re
import tomllib

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import classification_report

from helpers import evaluation
from tools.check_notebooks import NOTEBOOKS

# five examples of three classes: right at 0.9, 0.6 and 0.5, wrong at 0.8 and 0.7
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.8, 0.1, 0.1],
        [0.2, 0.6, 0.2],
        [0.1, 0.2, 0.7],
        [0.2, 0.3, 0.5],
    ]
)
LABELS = np.array([0, 1, 1, 0, 2])


@st.composite
def judged(draw):
    """Draw probabilities (N, K) and labels (N,), right about half of the time."""
    examples, classes = draw(st.integers(1, 60)), draw(st.integers(2, 6))
    values = np.random.default_rng(draw(st.integers(0, 9999)))
    powers = np.exp(values.normal(size=(examples, classes)) * draw(st.integers(0, 5)))
    probabilities = powers / powers.sum(axis=1, keepdims=True)
    labels = values.integers(0, classes, examples)
    known = values.random(examples) < 0.5
    labels[known] = probabilities.argmax(axis=1)[known]
    return probabilities.astype(draw(st.sampled_from(["float32", "float64"]))), labels


def wilson(correct, total, z):
    """Write Wilson's formula out, as it stands in the textbooks."""
    p = correct / total
    middle = p + z**2 / (2 * total)
    half = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - half) / (1 + z**2 / total), (middle + half) / (1 + z**2 / total)


@settings(max_examples=50)
@given(st.integers(1, 10_000), st.floats(0, 1))
def test_interval_is_wilsons(total, share):
    correct = round(share * total)
    low, high = evaluation.accuracy_interval(correct, total)
    assert (low, high) == pytest.approx(wilson(correct, total, 1.959964), abs=1e-6)
    assert 0 <= low <= correct / total <= high <= 1


def test_interval_at_the_edges_and_with_another_confidence():
    assert evaluation.accuracy_interval(8, 10) == pytest.approx((0.4902, 0.9433), 1e-3)
    low, high = evaluation.accuracy_interval(10, 10)
    assert low == pytest.approx(0.7225, abs=1e-4) and high == 1  # not 1 to 1
    assert evaluation.accuracy_interval(0, 10)[0] == 0
    low, high = evaluation.accuracy_interval(1, 1)
    assert 0 < low < 0.5 and high == 1
    wide = evaluation.accuracy_interval(8, 10, confidence=0.99)
    assert wide == pytest.approx(wilson(8, 10, 2.575829), abs=1e-6)
    counted = evaluation.accuracy_interval(np.int64(8), np.int32(10))
    assert [type(end) for end in counted] == [float, float]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((11, 10), "0..total, not 11 of 10"),
        ((-1, 10), "not -1 of 10"),
        ((0, 0), "not 0 of 0"),
        ((1, 2, 95), "between 0 and 1, not 95"),
    ],
)
def test_interval_says_what_is_wrong(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        evaluation.accuracy_interval(*arguments)


def test_per_class_by_hand():
    rows = evaluation.per_class(LABELS, PROBABILITIES.argmax(axis=1), "abc")
    assert rows == [
        {"name": "a", "precision": 0.5, "recall": 0.5, "f1": 0.5, "support": 2},
        {
            "name": "b",
            "precision": 1.0,
            "recall": 0.5,
            "f1": pytest.approx(2 / 3),
            "support": 2,
        },
        {
            "name": "c",
            "precision": 0.5,
            "recall": 1.0,
            "f1": pytest.approx(2 / 3),
            "support": 1,
        },
    ]


@pytest.mark.filterwarnings("error")
def test_a_class_that_never_appears_counts_zero():
    empty = evaluation.per_class([0, 0], [0, 0], ["cat", "dog"])[1]
    assert empty == {"name": "dog", "precision": 0, "recall": 0, "f1": 0, "support": 0}


@settings(max_examples=30)
@given(judged())
def test_per_class_equals_the_report_of_scikit_learn(drawn):
    probabilities, labels = drawn
    names = [f"class {k}" for k in range(probabilities.shape[1])]
    guesses = probabilities.argmax(axis=1)
    report = classification_report(
        labels,
        guesses,
        labels=range(len(names)),
        target_names=names,
        output_dict=True,
        zero_division=0,
    )
    for row in evaluation.per_class(labels, guesses, names):
        theirs = report[row["name"]]
        assert row["f1"] == theirs["f1-score"]
        for key in ("precision", "recall", "support"):
            assert row[key] == theirs[key]


def test_mistakes_by_hand():
    found = evaluation.most_confident_mistakes(PROBABILITIES, LABELS)
    assert found.tolist() == [1, 3]
    assert evaluation.most_confident_mistakes(PROBABILITIES, LABELS, 1).tolist() == [1]
    assert len(evaluation.most_confident_mistakes(PROBABILITIES, LABELS, 0)) == 0
    twelve = np.tile([[0.25, 0.75]], (12, 1)), np.zeros(12, int)
    assert evaluation.most_confident_mistakes(*twelve).tolist() == [*range(10)]
    right = PROBABILITIES.argmax(axis=1)
    assert len(evaluation.most_confident_mistakes(PROBABILITIES, right)) == 0


def test_equally_sure_mistakes_keep_their_order():
    turns = np.tile([[0.25, 0.75], [0.125, 0.875]], (100, 1))
    found = evaluation.most_confident_mistakes(turns, np.zeros(200, int), 200)
    assert found.tolist() == [*range(1, 200, 2), *range(0, 200, 2)]


@settings(max_examples=50)
@given(judged(), st.integers(0, 70))
def test_mistakes_are_wrong_sorted_and_the_surest(drawn, count):
    probabilities, labels = drawn
    found = evaluation.most_confident_mistakes(probabilities, labels, count)
    wrong = set(np.flatnonzero(probabilities.argmax(axis=1) != labels))
    assert len(found) == min(count, len(wrong)) and set(found) <= wrong
    sure = probabilities.max(axis=1)
    assert (np.diff(sure[found]) <= 0).all()
    left = wrong - set(found)
    assert not left or not len(found) or sure[list(left)].max() <= sure[found].min()


def test_reliability_by_hand():
    # two bins: 0.5 belongs to the first, which holds one example, the second four
    confidence, accuracy, count = evaluation.reliability(PROBABILITIES, LABELS, bins=2)
    assert count.tolist() == [1, 4]
    np.testing.assert_allclose(confidence, [0.5, 0.75])
    np.testing.assert_allclose(accuracy, [1, 0.5])
    error = evaluation.calibration_error(PROBABILITIES, LABELS, bins=2)
    assert error == pytest.approx((1 * 0.5 + 4 * 0.25) / 5)


@pytest.mark.filterwarnings("error")
def test_an_empty_bin_is_nan_and_costs_nothing():
    confidence, accuracy, count = evaluation.reliability(PROBABILITIES, LABELS)
    assert count.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1, 0]
    assert np.isnan(confidence[count == 0]).all()
    assert np.isnan(accuracy[count == 0]).all()
    error = evaluation.calibration_error(PROBABILITIES, LABELS)
    assert error == pytest.approx((0.1 + 0.8 + 0.4 + 0.7 + 0.5) / 5)


def test_there_are_ten_bins_unless_told():
    sure = np.array([0.81, 0.89])  # of 9 bins and of 11 they would fill two
    both = np.stack([sure, 1 - sure], axis=1), [0, 1]
    assert evaluation.reliability(*both)[2].tolist() == [0] * 8 + [2, 0]
    assert evaluation.calibration_error(*both) == pytest.approx(0.85 - 0.5)
    assert evaluation.reliability(*both, bins=1)[2].tolist() == [2]


@settings(max_examples=100)
@given(judged(), st.integers(1, 20))
def test_reliability_equals_the_curve_of_scikit_learn(drawn, bins):
    probabilities, labels = drawn
    right = probabilities.argmax(axis=1) == labels
    # scikit-learn refuses a float32 that rounding has put just above 1
    sure = probabilities.max(axis=1).astype("float64").clip(max=1)
    theirs = calibration_curve(right, sure, n_bins=bins, pos_label=True)
    confidence, accuracy, count = evaluation.reliability(probabilities, labels, bins)
    assert confidence.shape == accuracy.shape == count.shape == (bins,)
    assert count.sum() == len(labels) and count.dtype.kind == "i"
    np.testing.assert_allclose(accuracy[count > 0], theirs[0])
    np.testing.assert_allclose(confidence[count > 0], theirs[1], atol=1e-6)
    assert 0 <= evaluation.calibration_error(probabilities, labels, bins) <= 1


def test_a_sure_and_right_model_has_no_calibration_error():
    assert evaluation.calibration_error(np.eye(3), [0, 1, 2]) == 0
    assert evaluation.calibration_error(np.eye(3), [1, 2, 0]) == 1


NAN = np.where(PROBABILITIES == 0.9, np.nan, PROBABILITIES)


@pytest.mark.parametrize(
    "function",
    [
        evaluation.most_confident_mistakes,
        evaluation.reliability,
        evaluation.calibration_error,
    ],
)
@pytest.mark.parametrize(
    ("probabilities", "labels", "sentence"),
    [
        (PROBABILITIES[0], LABELS, r"must be \(N, K\), not \(3,\)"),
        (PROBABILITIES[:0], LABELS[:0], r"must be \(N, K\), not \(0, 3\)"),
        (PROBABILITIES[:, :0], LABELS, r"must be \(N, K\), not \(5, 0\)"),
        (PROBABILITIES, np.eye(3)[LABELS], r"labels must be \(N,\).*not \(5, 3\)"),
        (PROBABILITIES, LABELS[:4], "probabilities has 5 rows, labels has 4"),
        (PROBABILITIES, LABELS + 1, r"0\.\.2 for 3 classes, not in 1\.\.3"),
        (PROBABILITIES, LABELS - 1, r"not in -1\.\.1"),
        (PROBABILITIES, LABELS / 2, "labels must be integers, not float64"),
        (PROBABILITIES * 1.01, LABELS, r"row 0 of probabilities sums to 1\.01"),
        (PROBABILITIES + [[2, -2, 0]], LABELS, "row 0 .* negative .*softmax"),
        (NAN, LABELS, "row 0 of probabilities sums to nan"),
    ],
)
def test_wrong_input_is_named(function, probabilities, labels, sentence):
    with pytest.raises(ValueError, match=sentence):
        function(probabilities, labels)


def test_rounding_in_the_sums_is_forgiven():
    evaluation.reliability(PROBABILITIES * 1.0005, LABELS)


def test_the_other_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="count must be 0 or more, not -1"):
        evaluation.most_confident_mistakes(PROBABILITIES, LABELS, -1)
    with pytest.raises(ValueError, match="bins must be at least 1, not 0"):
        evaluation.reliability(PROBABILITIES, LABELS, 0)
    with pytest.raises(ValueError, match=r"predictions must be .*argmax"):
        evaluation.per_class(LABELS, PROBABILITIES, "abc")
    with pytest.raises(ValueError, match="predictions has 4 rows, labels has 5"):
        evaluation.per_class(LABELS, LABELS[:4], "abc")
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.1 for 2 classes"):
        evaluation.per_class(LABELS, LABELS, "ab")
    with pytest.raises(ValueError, match=r"labels must be \(N,\).*not \(0,\)"):
        evaluation.per_class(LABELS[:0], LABELS[:0], "abc")


SECTIONS = tomllib.loads(evaluation.BANDS.read_text(encoding="utf-8"))


# 19 takes any folder: the shipped one, and all others
SETS = dict.fromkeys(SECTIONS, {"cifar10", "digits"}) | {"19": {"emoji", "other"}}
SETS["21"] = {"emoji"}
SETS |= dict.fromkeys(("12", "13", "14"), {"cifar10", "digits", "emoji"})


def test_every_band_is_given_once_for_all_data_sets():
    assert sum(map(len, SECTIONS.values())) == len(evaluation._bands())
    for number, section in SECTIONS.items():
        for what, bands in section.items():
            assert set(bands) == SETS[number], what
            assert all(low <= high for low, high in bands.values()), what


def test_pictures_of_ones_own_have_the_wide_band_and_the_shipped_ones_their_own():
    for what, bands in SECTIONS["19"].items():
        (low, high), (least, most) = bands["emoji"], bands["other"]
        assert least <= low and high <= most, what
        evaluation.expect(what, least, "my mugs")
        with pytest.raises(AssertionError, match=f"^{re.escape(what)} on my mugs"):
            evaluation.expect(what, most + 1, "my mugs")
        with pytest.raises(AssertionError, match=f"^{re.escape(what)} on emoji"):
            evaluation.expect(what, high + 0.01, "emoji")


def expected(notebook):
    """List the names that a notebook expects, as patterns: {name} is any text."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type != "code" or "evaluation.expect" not in cell.source:
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [getattr(part, "value", None) for part in node.values]
                yield "".join(
                    re.escape(x) if isinstance(x, str) else ".+" for x in parts
                )


@pytest.mark.parametrize("number", SECTIONS)
def test_every_band_is_expected_by_the_notebook_of_its_section(number):
    (notebook,) = NOTEBOOKS.glob(f"{number}_*.ipynb")
    patterns = set(expected(notebook)) - {".+"}
    for what in SECTIONS[number]:
        assert any(re.fullmatch(pattern, what) for pattern in patterns), what


def test_a_value_outside_its_band_is_said_in_one_sentence():
    low, high = evaluation._bands()["cnn gap"]["digits"]
    for inside in (low, (low + high) / 2, high):
        evaluation.expect("cnn gap", inside, "digits")
    for outside in (low - 0.001, high + 0.001, float("nan")):
        words = (
            f"^cnn gap on digits is {outside:.4g}, expected from {low:g} to {high:g}"
        )
        with pytest.raises(AssertionError, match=words):
            evaluation.expect("cnn gap", outside, "digits")


def test_an_unknown_band_or_data_set_is_named():
    with pytest.raises(ValueError, match="no band for 'luck'"):
        evaluation.expect("luck", 0, "digits")
    with pytest.raises(ValueError, match="no band for 'mnist', only for: cifar10"):
        evaluation.expect("cnn gap", 0, "mnist")


def test_mean_interval_of_values_worked_by_hand():
    # mean 3, standard deviation 2, standard error 1; t(0.975, 3) = 3.1824
    low, high = evaluation.mean_interval([0, 4, 4, 4])
    assert (low + high) / 2 == pytest.approx(3)
    assert high - 3 == pytest.approx(3.1824, 1e-4)
    assert evaluation.mean_interval([2.0, 2.0]) == (2, 2)


def test_mean_interval_holds_the_mean_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(7, 2, (4000, 5))
    for confidence in (0.5, 0.95):
        ranges = [evaluation.mean_interval(row, confidence) for row in draws]
        share = np.mean([low < 7 < high for low, high in ranges])
        assert share == pytest.approx(confidence, abs=0.02)


def test_mean_interval_of_folds_worked_by_hand():
    """Five folds, a fifth held out: the variance counts 1 + 5 / 4 times."""
    low, high = evaluation.mean_interval([0, 4, 4, 4, 8])
    wide = evaluation.mean_interval([0, 4, 4, 4, 8], held_out=1 / 5)
    assert wide[1] - 4 == pytest.approx((high - 4) * 2.25**0.5)
    assert 4 - wide[0] == pytest.approx((4 - low) * 2.25**0.5)
    for wrong in (5, 1, -0.2):
        with pytest.raises(ValueError, match=f"a share from 0 to 1, not {wrong}"):
            evaluation.mean_interval([1, 2], held_out=wrong)


@pytest.mark.parametrize("values, say", [([1.0], "one run"), ([[1, 2]], "(N,)")])
def test_mean_interval_refuses_what_has_no_spread(values, say):
    with pytest.raises(ValueError, match=re.escape(say)):
        evaluation.mean_interval(values)
    with pytest.raises(ValueError, match="confidence"):
        evaluation.mean_interval([1, 2], 1.0)
