"""Measures of predictions against their definitions."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix as reference_matrix
from sklearn.metrics import r2_score

from ebana_core.errors import DataError, ParameterError, ShapeError
from ebana_core.metrics import confusion_matrix, mean_absolute_error, r_squared

RNG = np.random.default_rng(0)
TARGET = RNG.normal(size=(20, 3))
PREDICTION = TARGET + 0.3 * RNG.normal(size=(20, 3))


def test_mean_absolute_error_is_its_definition() -> None:
    assert mean_absolute_error([[1.0, 2.0]], [[0.0, 4.0]]) == 1.5


def test_r_squared_agrees_with_another_implementation() -> None:
    expected = r2_score(TARGET, PREDICTION, multioutput="variance_weighted")
    assert r_squared(PREDICTION, TARGET) == pytest.approx(expected, rel=1e-12, abs=0)
    assert r_squared(TARGET, TARGET) == 1.0
    assert r_squared(np.broadcast_to(TARGET.mean(axis=0), TARGET.shape), TARGET) == 0.0


def test_a_confusion_matrix_agrees_with_another_implementation() -> None:
    matrix = confusion_matrix(PREDICTION, TARGET)
    expected = reference_matrix(TARGET.argmax(axis=1), PREDICTION.argmax(axis=1))
    assert (matrix.counts == expected).all()
    assert matrix.accuracy == np.trace(expected) / 20


def test_a_confusion_matrix_prints_labels_recall_and_precision() -> None:
    right = np.eye(3)[[0, 0, 1, 1, 1]]
    taken = np.eye(3)[[0, 1, 1, 1, 0]]
    shown = str(confusion_matrix(taken, right, labels=["ant", "bee", "cow"])).splitlines()
    assert shown[0].split() == ["true", "ant", "bee", "cow", "recall"]
    assert shown[2].split() == ["ant", "1", "1", "0", "50.0%"]
    assert shown[4].split() == ["cow", "0", "0", "0", "nan%"]
    assert shown[5].split() == ["precision", "50.0%", "66.7%", "nan%", "60.0%"]


def test_one_prediction_is_a_class_of_two() -> None:
    matrix = confusion_matrix([[0.2], [0.5], [0.7]], [[0], [0], [1]])
    assert matrix.counts.tolist() == [[1, 1], [0, 1]]
    taken, right = np.array([[-0.9], [0.2], [0.4]]), np.array([[-1.0], [1.0], [-1.0]])
    with pytest.raises(DataError, match=r"target of sample 0 is -1\.0.*0\.5 parts"):
        confusion_matrix(taken, right)
    assert confusion_matrix(taken >= 0, right >= 0).counts.tolist() == [[1, 1], [0, 1]]


@pytest.mark.parametrize("measure", [mean_absolute_error, r_squared, confusion_matrix])
def test_arrays_that_do_not_fit_are_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(ShapeError, match=r"\(2, 1\) and targets \(2,\)"):
        measure(np.zeros((2, 1)), np.zeros(2))
    with pytest.raises(ShapeError, match=r"\(0, 2\)"):
        measure(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(DataError, match="prediction 1 of sample 0 is nan"):
        measure([[0.0, np.nan]], [[0.0, 1.0]])


def test_equal_targets_have_no_variance() -> None:
    with pytest.raises(DataError, match="no variance"):
        r_squared([[1.0], [2.0]], [[3.0], [3.0]])


def test_labels_must_fit_the_classes() -> None:
    with pytest.raises(ParameterError, match="are 2 for 3 classes"):
        confusion_matrix(PREDICTION, TARGET, labels=["a", "b"])


def test_truth_values_count_as_targets_of_zero_and_one() -> None:
    assert mean_absolute_error([[0.25], [0.25]], np.array([[True], [False]])) == 0.5
