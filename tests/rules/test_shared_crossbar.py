"""Crossbars that share their conductances add up what each of them measures."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.circuit import (
    GROUND,
    CircuitBuilder,
    Crossbar,
    CurrentSources,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.compiled import compile_circuit
from ebana_core.laws import Ohm
from ebana_core.losses import MSE
from ebana_core.outer import FEWEST, MOST_TERMS, Outer
from ebana_core.rules import EquilibriumPropagation, Samples
from ebana_core.rules.crossbar_products import crossbar_contrast
from ebana_core.rules.phases import Phases

SHAPE = (90, 50)
RNG = np.random.default_rng(3)
CONDUCTANCE = RNG.uniform(1e-6, 1e-5, SHAPE)
SAMPLES = Samples(
    inputs={name: RNG.uniform(-1, 1, (MOST_TERMS, SHAPE[0])) for name in ("x1", "x2")},
    targets={name: RNG.normal(size=(MOST_TERMS, SHAPE[1])) for name in ("y1", "y2")},
    losses={"y1": MSE(), "y2": MSE()},
)


def gradients(first: str, second: str) -> dict[str, Array]:
    """Return the gradients of two crossbars, by the names of their conductances."""
    builder = CircuitBuilder()
    for place, name in (("1", first), ("2", second)):
        x, y = builder.nodes(f"x{place}", SHAPE[:1]), builder.nodes(f"y{place}", SHAPE[1:])
        source = f"x{place}"
        builder.add(
            VoltageSources(
                name=source,
                layer=source,
                heads=x,
                tails=[GROUND] * SHAPE[0],
                voltage=Input(source),
            )
        )
        builder.add(
            ElementArray(
                name=f"d{place}",
                layer=f"d{place}",
                topology=Crossbar(x, y),
                law=Ohm(),
                values={"conductance": Parameter(name)},
            )
        )
        builder.add(
            CurrentSources(name=f"y{place}", layer=f"y{place}", heads=y, tails=[GROUND] * SHAPE[1])
        )
    compiled = compile_circuit(builder.circuit())
    values = dict.fromkeys((first, second), CONDUCTANCE)
    rule, simulator = EquilibriumPropagation(1e-7), NativeBackend().compile(compiled)
    return dict(rule.run(simulator, compiled, values, SAMPLES, dict.fromkeys(values)).gradient_sums)


def test_large_ones_behind_sources_are_multiplied_out_and_added() -> None:
    assert SHAPE[0] * SHAPE[1] >= FEWEST
    apart, shared = gradients("g1", "g2"), gradients("g", "g")
    assert np.abs(apart["g1"] - apart["g2"]).max() > 0
    expected = apart["g1"] + apart["g2"]
    # Sums of the same numbers, of which none is larger than the largest.
    assert np.abs(shared["g"] - expected).max() <= 1e-14 * np.abs(expected).max()


@pytest.mark.parametrize("n_samples", range(1, MOST_TERMS + 1))
def test_factors_are_in_c_order_whatever_the_order_of_nodes(n_samples: int) -> None:
    """Kernels would be compiled anew, for seconds, for arrays in another order."""
    rows, columns = np.arange(SHAPE[0], 0, -1), np.arange(sum(SHAPE), SHAPE[0], -1)
    free, after = RNG.normal(size=(2, n_samples, 1 + sum(SHAPE)))
    phases = Phases(free=free, before=None, after=after, factor=2.0)
    found = crossbar_contrast(Crossbar(rows, columns), phases, rows_move=False, share=0.5)
    assert isinstance(found, Outer)
    assert all(array.flags.c_contiguous for array in found.factors)
