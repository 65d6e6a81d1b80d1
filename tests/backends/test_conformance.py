"""All backends pass one suite."""

import pytest

from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.testing import BackendConformance


class TestNative(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return NativeBackend(compiled=False)


class TestNativeCompiled(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return NativeBackend(compiled=True)


@pytest.mark.torch
class TestNativeOnPyTorch(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return NativeBackend(device="cpu")


@pytest.mark.ngspice
class TestNgspice(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return NgspiceBackend()


@pytest.mark.ngspice
class TestNgspiceFullNetlist(BackendConformance):
    @pytest.fixture
    def backend(self) -> Backend:
        return NgspiceBackend(fold_inputs=False)
