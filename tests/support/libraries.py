"""Networks of every kind of device, and the settings of native that must agree on them."""

from collections.abc import Sequence
from typing import Any, final

import attrs
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer
from ebana_diode_mos.exponential import Antiparallel

from benchmarks.circuits import antiparallel
from ebana_core import Model
from ebana_core.arrays import Array, IntArray, Values
from ebana_core.backends import Backend, NativeBackend, Simulator
from ebana_core.backends.native.array_library import PRECISIONS, ArrayLibrary
from ebana_core.circuit import CircuitBuilder
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.laws import Law
from ebana_core.laws.spice import Element
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.layers.shunt import ShuntLayer
from ebana_core.quantities import quantity
from ebana_core.testing.array_api import DEVICE, strict_library
from tests.support.ideal_diodes import clamped_model
from tests.support.networks import layered_model

NUMPY = NativeBackend(compiled=False)
TORCH = NativeBackend(device="cpu")
SINGLE = NativeBackend(dtype="float32")
SINGLE_TORCH = NativeBackend(device="cpu", dtype="float32")


@final
@attrs.frozen
class Standard(Backend):
    """The embedded solver on arrays that have what the array API standard says, and no more.

    NumPy cannot reach them, as it cannot reach those of an accelerator.
    """

    name = "native"
    dtype: str = "float64"
    max_iterations: int = 200

    def compile(self, compiled: CompiledCircuit) -> Simulator:
        xp = strict_library()
        device, precision = xp.Device(DEVICE), PRECISIONS[self.dtype]
        library = ArrayLibrary(xp, getattr(xp, self.dtype), device, precision)
        settings = NativeBackend(
            compiled=False, dtype=self.dtype, max_iterations=self.max_iterations
        )
        return settings.compile_on(library, compiled)


def _torch(backend: NativeBackend) -> Any:
    return pytest.param(backend, marks=pytest.mark.torch)


SINGLES = (SINGLE, _torch(SINGLE_TORCH))
OTHERS = (_torch(TORCH), Standard(), *SINGLES)
STANDARD_SINGLE = Standard("float32")
N_SAMPLES = 20


class Chain(ShuntLayer):
    """Antiparallel pairs from each node to the next: branches between two unknowns."""

    device = "chain"
    law = Antiparallel()

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        return nodes[:-1], nodes[1:]


@final
@attrs.frozen
class Cubic(Law):
    """A law that knows NumPy alone, and refuses anything else."""

    values = (quantity("c", "A/V^3", default=1e-4, above=0.0, meaning="steepness"),)

    def current(self, drop: Array, values: Values) -> Array:
        assert type(drop) is np.ndarray
        assert drop.dtype == np.float64
        return np.multiply(values["c"], drop**3)

    def slope(self, drop: Array, values: Values) -> Array:
        assert type(drop) is np.ndarray
        return np.multiply(3 * values["c"], drop**2)

    def co_content(self, drop: Array, values: Values) -> Array:
        return np.multiply(values["c"], drop**4) / 4

    def spice(self, branch: str, head: str, tail: str, values: Any) -> Sequence[Element]:
        raise NotImplementedError


class CubicLayer(ShuntLayer):
    device = "cubic"
    law = Cubic()


def network(*devices: Layer, widths: tuple[int, int, int] = (4, 8, 4), gain: float = 3.0) -> Model:
    """Return a hidden layer with devices and amplifiers."""
    source = InputVoltageLayer(units=widths[0], name="x")
    bias = BiasVoltageLayer(units=2, name="b", bias_voltage=[1.0, -1.0])
    initializer = RandomUniform(1e-6, 1e-4)
    joined = ConcatenateLayer(name="j")([source, bias])
    hidden: Layer = DenseLayer(units=widths[1], name="d1", lr=1e-8, initializer=initializer)(joined)
    for device in devices:
        hidden = device(hidden)
    hidden = AmplificationLayer(name="amp", param={"gain": gain, "shift": 0.05})(hidden)
    last = DenseLayer(units=widths[2], name="d2", lr=1e-8, initializer=initializer)(hidden)
    return Model(inputs=[source, bias], outputs=[CurrentLayer(name="y")(last)], seed=0)


def diodes(kind: str, **settings: Any) -> list[Layer]:
    """Return one diode each way."""
    return [
        DiodeLayer(name=name, kind=kind, direction=name, bias_voltage=bias, **settings)
        for name, bias in (("down", 0.1), ("up", -0.1))
    ]


CARD = {"RS": 100.0, "temperature": 320.0}
EXPONENTIAL = {"IS": 1e-9, "a": 0.03}
PAIR = {"IS": 1e-6, "a": 0.05, "V_off": 1.0}

NETWORKS = {
    "behavioral": lambda: layered_model((4, 6, 2), (1.0,), seed=1),
    "amplified": lambda: layered_model((4, 8, 6, 2), (4.0, 3.0), seed=1),
    "not reciprocal": lambda: layered_model((4, 8, 6, 2), (1.5, 1.2), seed=1, skip=True),
    "ideal": lambda: clamped_model((5, 7, 4), seed=1),
    "ideal, amplified": lambda: clamped_model((5, 7, 6, 4), gain=-3.0, seed=1),
    "ideal, behind amplifiers": lambda: clamped_model((5, 7, 4), gain=2.0, behind=True, seed=1),
    "ideal, by iterations": lambda: clamped_model((5, 120, 110, 4), seed=1),
    "real": lambda: network(*diodes("real", param=CARD)),
    "mos": lambda: network(*diodes("mos", param={"temperature": 320.0})),
    "shockley": lambda: network(*diodes("shockley", param=EXPONENTIAL)),
    "antiparallel": lambda: network(DiodeLayer(name="pair", kind="antiparallel", param=PAIR)),
    "coupled": lambda: network(Chain(name="chain", param=PAIR)),
    "by iterations": lambda: antiparallel((16, 120, 110, 4), v_off=0.3),
    "wide": lambda: network(*diodes("ideal"), widths=(1568, 100, 10)),
    "NumPy's law": lambda: network(CubicLayer(name="cubic")),
}


def samples(model: Model, seed: int = 0, n: int = N_SAMPLES) -> DataSet:
    rng = np.random.default_rng(seed)
    n_in, n_out = model.network.shapes["x"][0], model.network.shapes["y"][0]
    return DataSet({"x": rng.uniform(-2, 2, (n, n_in))}, {"y": rng.normal(size=(n, n_out))})
