"""What a device or a precision cannot do is told in words."""

import sys
from typing import Any

import attrs
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core.backends import NativeBackend
from ebana_core.errors import (
    ConvergenceError,
    MissingLibraryError,
    ParameterError,
    UnsupportedError,
)
from tests.support.libraries import (
    NETWORKS,
    NUMPY,
    OTHERS,
    PAIR,
    SINGLE_TORCH,
    SINGLES,
    TORCH,
    network,
    samples,
)


@pytest.mark.torch
def test_a_device_that_is_not_there_is_told_with_those_that_are() -> None:
    model = NETWORKS["behavioral"]()
    with pytest.raises(ParameterError, match=r"'cuda:7'.*it has \['cpu'"):
        model.predict(samples(model), backend=NativeBackend(device="cuda:7"))


@pytest.mark.parametrize("device", ["gpu", "cuda:", "cuda:x", 0, "CPU"])
def test_unknown_devices_are_refused(device: Any) -> None:
    with pytest.raises(ParameterError, match="device="):
        NativeBackend(device=device)


@pytest.mark.parametrize("dtype", ["float16", "double", np.float32, None])
def test_unknown_precisions_are_refused(dtype: Any) -> None:
    with pytest.raises(ParameterError, match="dtype="):
        NativeBackend(dtype=dtype)


def test_compiled_code_does_not_follow() -> None:
    with pytest.raises(ParameterError, match="compiled=True"):
        NativeBackend(compiled=True, device="cpu")
    assert not NativeBackend(device="cpu").uses_kernel
    assert not NativeBackend(dtype="float32").uses_kernel


def test_a_missing_pytorch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    model = NETWORKS["behavioral"]()
    with pytest.raises(MissingLibraryError, match="PyTorch") as caught:
        model.predict(samples(model), backend=TORCH)
    assert "pip install ebana-core[torch]" in caught.value.fix


@pytest.mark.torch
def test_coarse_matrix_products_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "high")
    model = NETWORKS["behavioral"]()
    with pytest.raises(ParameterError, match="fewer digits"):
        model.predict(samples(model), backend=SINGLE_TORCH)


@pytest.mark.parametrize("backend", SINGLES, ids=str)
def test_values_beyond_float32_are_refused(backend: NativeBackend) -> None:
    model = network(DiodeLayer(name="pair", kind="antiparallel", param={**PAIR, "V_off": 5.0}))
    model.predict(samples(model), backend=NUMPY)
    with pytest.raises(UnsupportedError, match=r"'pair'.*float32.*Antiparallel"):
        model.predict(samples(model), backend=backend)


@pytest.mark.parametrize("backend", OTHERS, ids=str)
def test_too_few_iterations_are_told(backend: NativeBackend) -> None:
    model = NETWORKS["antiparallel"]()
    with pytest.raises(ConvergenceError, match=r"free phase for samples \[0, 1"):
        model.predict(samples(model), backend=attrs.evolve(backend, max_iterations=1))
