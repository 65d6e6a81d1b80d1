"""Samples are copied once, so that who gave them may write to them, and memory holds them once."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core.data import BatchGenerator
from ebana_core.network.checks import checked_input_arrays
from ebana_core.network.loaders import as_batches, as_dataset
from tests.support.given import LABELS, ONE_HOT, X, network, trained

FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "arrays": lambda x, y: (x, y),
    "by name": lambda x, y: ({"x": x}, {"y": y}),
    "one of both": lambda x, y: (x, {"y": y}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("targets", [ONE_HOT, LABELS], ids=["numbers", "labels"])
def test_later_writes_do_not_reach_the_training(form: str, targets: Any) -> None:
    x, y = X.copy(), targets.copy()
    batches = as_batches(network().network, FORMS[form](x, y), "samples")
    expected = trained(network(), as_batches(network().network, (X, targets), "samples"))
    x[...], y[...] = 0, 0
    assert not any(np.shares_memory(x, own) for own in batches.dataset.inputs.values())
    assert (trained(network(), batches) == expected).all()


LARGE = np.random.default_rng(0).random((20_000, 3))
USES: dict[str, Callable[[], Any]] = {
    "fit": lambda: as_batches(network().network, (LARGE, LARGE[:, :3]), "samples"),
    "predict": lambda: as_dataset(network().network, LARGE, "samples", alone=True),
    "operating_points": lambda: checked_input_arrays(network().network, LARGE),
}


@pytest.mark.parametrize("use", USES)
def test_samples_are_copied_once(use: str) -> None:
    tracemalloc.start()
    try:
        found = USES[use]()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    n_arrays = 2 if isinstance(found, BatchGenerator) else 1
    # Beside what is kept, a check of one array takes sizes and truth values of its numbers.
    assert kept < (n_arrays + 0.2) * LARGE.nbytes
    assert peak < (n_arrays + 1.5) * LARGE.nbytes
