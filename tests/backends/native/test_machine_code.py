"""Machine code of kernels is made once, whatever circuit and batch come first: it takes seconds."""

import subprocess
import sys

import pytest

from tests.support.project import ROOT


@pytest.fixture(scope="module")
def compiled() -> dict[str, int]:
    """Return kernel to how many kinds of arguments it was compiled for, in a process of its own."""
    pytest.importorskip("numba")
    command = [sys.executable, "-m", "tests.support.compiled_kinds"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name: int(n) for name, n in map(str.split, done.stdout.splitlines())}


@pytest.mark.parametrize("kernel", ["newton_steps", "limited_steps"])
def test_orders_of_arrays_do_not_compile_a_kernel_again(
    compiled: dict[str, int], kernel: str
) -> None:
    assert compiled[kernel] == 1
