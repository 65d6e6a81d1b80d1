"""The demo networks learn what they show."""

import numpy as np
import pytest

from benchmarks.learning import answers, iris_accuracies, peer_accuracies
from ebana_core.zoo.demos import DEMOS


@pytest.mark.parametrize(("name", "least"), [("xor", 19), ("gates", 18)])
def test_nearly_every_seed_learns_all_answers(name: str, least: int) -> None:
    found = [answers(DEMOS[name](), seed) for seed in range(20)]
    assert sum(right == total for right, total in found) >= least


def test_iris_is_not_worse_than_a_perceptron_of_equal_size() -> None:
    own = np.mean(iris_accuracies())
    assert own >= 0.96
    assert own >= np.mean(peer_accuracies()) - 0.01
