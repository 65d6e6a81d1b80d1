"""A numba that is installed and fails is no reason to fail where nobody asked for it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ebana_core import optimizers
from ebana_core.backends import NativeBackend
from ebana_core.errors import MissingLibraryError
from ebana_core.machine_code import BrokenLibraryWarning, numba_works, why_no_numba
from ebana_core.optimizers import fused
from tests.support.networks import layered_model

X = {"x": np.full((1, 4), 0.3)}


def forget() -> None:
    for kept in (why_no_numba, numba_works, fused._kernels):
        kept.cache_clear()


@pytest.fixture(params=["RuntimeError", "ImportError", "SystemError"])
def broken(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Put a package in numba's place that ends in an error while it is imported."""
    (tmp_path / "numba.py").write_text(f"raise {request.param}('it wants another NumPy')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    forget()
    yield request.param
    forget()


def test_a_network_is_solved_and_trained_without_it_with_one_warning(broken: str) -> None:
    expected = layered_model((4, 6, 4), (4.0,), seed=1).operating_points(
        X, NativeBackend(compiled=False)
    )
    model = layered_model((4, 6, 4), (4.0,), seed=1)
    with pytest.warns(BrokenLibraryWarning, match=f"fails: {broken}: it wants") as told:
        found = model.operating_points(X)
    assert len(told) == 1
    assert (found.node_voltages == expected.node_voltages).all()
    # A second warning would be an error here.
    model.operating_points(X, NativeBackend())
    gradients = {name: np.ones_like(model.parameters[name]) for name in model.local_rules()}
    optimizers.Adam(model).step(gradients)


@pytest.mark.parametrize("settings", [{"compiled": True}, {"method": "compiled"}])
def test_compiled_code_that_is_asked_for_by_name_says_how_it_fails(
    settings: dict[str, object], broken: str
) -> None:
    model = layered_model((4, 6, 4), (4.0,), seed=1)
    with pytest.raises(MissingLibraryError) as caught:
        model.operating_points(X, NativeBackend(**settings))  # type: ignore[arg-type]  # one of several
    assert f"numba, which is installed but fails: {broken}: it wants" in caught.value.problem
