"""The demo networks learn what they show."""

import numpy as np
import pytest

from benchmarks.learning import answers, iris_accuracies, peer_accuracies
from ebana_core.zoo.demos import DEMOS


@pytest.mark.parametrize(("name", "least"), [("xor", 9), ("gates", 9)])
def test_nearly_every_seed_learns_all_answers(name: str, least: int) -> None:
    found = [answers(DEMOS[name](), seed) for seed in range(10)]
    assert sum(right == total for right, total in found) >= least


def test_iris_is_not_worse_than_a_perceptron_of_equal_size() -> None:
    own = np.mean(iris_accuracies(4))
    assert own >= 0.96
    assert own >= np.mean(peer_accuracies(n_splits=4)) - 0.01
