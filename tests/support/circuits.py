"""Circuits below the layers: every kind of trainable value that a circuit can hold."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
from ebana_diode_mos.behavioral import Ramp
from ebana_diode_mos.exponential import Antiparallel, Shockley

from ebana_core.arrays import Array, Values
from ebana_core.backends import NativeBackend, Simulator
from ebana_core.circuit import (
    GROUND,
    Amplifiers,
    Branches,
    CircuitBuilder,
    Crossbar,
    CurrentSources,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.circuit.elements import Clamps
from ebana_core.laws import Law, Ohm
from ebana_core.laws.spice import Element
from ebana_core.losses import BCE, MSE
from ebana_core.quantities import quantity
from ebana_core.rules import LearningRule, Samples


class Gap(Law):
    """A memristor's gap, ``I0*exp(-w/g0)*sinh(v/V0)``; trains w."""

    values = (quantity("w", "m"),)
    I0, G0, V0 = 1e-5, 0.25e-9, 0.25

    def _prefactor(self, values: Values) -> Array:
        return self.I0 * np.exp(-values["w"] / self.G0)

    def current(self, drop: Array, values: Values) -> Array:
        return self._prefactor(values) * np.sinh(drop / self.V0)

    def slope(self, drop: Array, values: Values) -> Array:
        return self._prefactor(values) / self.V0 * np.cosh(drop / self.V0)

    def co_content(self, drop: Array, values: Values) -> Array:
        return self._prefactor(values) * self.V0 * (np.cosh(drop / self.V0) - 1)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        middle, half = (drop + change / 2) / self.V0, change / (2 * self.V0)
        moved = 2 * np.sinh(middle) * np.sinh(half)
        return -self._prefactor(values) * self.V0 * moved / self.G0

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        raise NotImplementedError


class Drawn(Law):
    """A current source: draws J from its head, whatever the drop."""

    values = (quantity("J", "A"),)

    def current(self, drop: Array, values: Values) -> Array:
        return values["J"] + 0 * drop

    def slope(self, drop: Array, values: Values) -> Array:
        return 0 * drop

    def co_content(self, drop: Array, values: Values) -> Array:
        return values["J"] * drop

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        return change

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        raise NotImplementedError


@attrs.frozen(eq=False)
class Bench:
    """A compiled circuit with values and samples, ready for any rule."""

    compiled: CompiledCircuit
    simulator: Simulator
    parameters: dict[str, Array]
    samples: Samples

    def loss(self, parameters: Mapping[str, Array]) -> float:
        """Return the summed loss of the samples."""
        points = self.simulator.operating_points(parameters, self.samples.inputs)
        return sum(
            float(loss.value(points.predictions()[name], self.samples.targets[name]).sum())
            for name, loss in self.samples.losses.items()
        )

    def gradients(self, rule: LearningRule, names: Sequence[str] | None = None) -> dict[str, Array]:
        """Return what a rule makes of the samples, summed."""
        wanted = dict.fromkeys(self.parameters if names is None else names)
        result = rule.run(self.simulator, self.compiled, self.parameters, self.samples, wanted)
        return dict(result.gradient_sums)

    def differences(self, name: str) -> Array:
        """Return central differences of fourth order of the loss."""
        values = self.parameters[name]
        result = np.zeros_like(values)
        for place in np.ndindex(values.shape):
            step = 1e-3 * (abs(values[place]) or 1.0)
            for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
                moved = values.copy()
                moved[place] += multiple * step
                loss = self.loss({**self.parameters, name: moved})
                result[place] += factor * loss / (12 * step)
        return result


def everything(seed: int = 7, n_samples: int = 5, *, reciprocal: bool = False) -> Bench:
    """Return a circuit with every kind of element and value.

    Two outputs, one of them in the stage before the amplifiers, each with a loss of its own.

    Args:
        seed: Of values and samples.
        n_samples: How many.
        reciprocal: One magnitude of gain, and no way past the amplifiers; else no energy exists.
    """
    rng = np.random.default_rng(seed)
    builder, parameters = CircuitBuilder(), {}

    def given(name: str, value: object) -> Parameter:
        parameters[name] = np.array(value, dtype=np.float64)
        return Parameter(name)

    def devices(name: str, law: Law, heads: object, tails: object, **values: object) -> None:
        own = {key: given(f"{name}.{key}", value) for key, value in values.items()}
        array = ElementArray(
            name=name, layer=name, topology=Branches(heads, tails), law=law, values=own
        )
        builder.add(array)

    def crossbar(name: str, rows: object, columns: object) -> None:
        topology = Crossbar(rows, columns)
        conductance = given(f"{name}.conductance", rng.uniform(1e-6, 1e-5, topology.shape))
        builder.add(
            ElementArray(
                name=name,
                layer=name,
                topology=topology,
                law=Ohm(),
                values={"conductance": conductance},
            )
        )

    def sources(name: str, heads: object, tails: object, voltage: Input | Parameter) -> None:
        builder.add(
            VoltageSources(name=name, layer=name, heads=heads, tails=tails, voltage=voltage)
        )

    x, b, rail = (builder.nodes(name, (size,)) for name, size in (("x", 2), ("b", 2), ("rail", 2)))
    h, inner = builder.nodes("h", (5,)), builder.nodes("inner", (1,))
    lifted, a, y = (builder.nodes(n, (size,)) for n, size in (("lifted", 1), ("a", 3), ("y", 4)))
    grounds = [GROUND] * 5
    sources("x", x, grounds[:2], Input("x"))
    sources("b", b, grounds[:2], given("b.E", [0.8, -0.6]))
    sources("rail", rail, grounds[:2], given("rail.E", [0.1, -0.15]))
    sources("lifted", lifted, [h[3]], given("lifted.E", [0.25]))
    crossbar("d1", [*x, b[0]], h)
    devices("mesh", Ohm(), h[:3], h[1:4], conductance=rng.uniform(1e-6, 5e-6, 3))
    ramp = {"VTH": [0.12, 0.15], "RON": [2e4, 3e4], "ROFF": [1e6, 2e6]}
    devices("down", Ramp(), h[:2], rail, **ramp)
    devices("up", Shockley(), [rail[1]], [h[1]], IS=[2e-6], a=[0.08], V_off=[0.1])
    devices("pair", Antiparallel(), [h[2]], [GROUND], IS=1e-7, a=0.09, V_off=0.05)
    devices(
        "gap",
        Gap(),
        [h[3], lifted[0]],
        [GROUND, GROUND if reciprocal else y[0]],
        w=[0.3e-9, 0.5e-9],
    )
    devices("drawn", Drawn(), [h[0], GROUND], [GROUND, h[4]], J=[3e-7, -2e-7])
    devices("series", Shockley(), [h[4]], inner, IS=1e-6, a=0.07, V_off=0.0)
    devices("rest", Ohm(), inner, [GROUND], conductance=[4e-6])
    builder.add(
        Amplifiers(
            name="amp",
            layer="amp",
            inputs=h[:3],
            outputs=a,
            gain=given("amp.gain", [3.0, -3.0, 3.0] if reciprocal else [3.0, -2.0, 2.5]),
            shift=given("amp.shift", 0.07),
        )
    )
    crossbar("d2", [*a, b[1]] if reciprocal else [*a, b[1], lifted[0]], y)
    if not reciprocal:
        crossbar("skip", h[3:], y[:2])
    builder.add(
        Clamps(
            name="ideal",
            layer="ideal",
            nodes=[y[2], a[0]],
            is_upper=np.array([True, False]),
            bound=given("ideal.bound", [0.2, 0.4]),
        )
    )
    builder.add(CurrentSources(name="y", layer="y", heads=y[0::2], tails=y[1::2]))
    builder.add(CurrentSources(name="z", layer="z", heads=h[3:5], tails=grounds[:2]))
    for name, nodes in (("x", x), ("h", h), ("a", a), ("y", y)):
        builder.present(name, nodes)
    compiled = compile_circuit(builder.circuit())
    samples = Samples(
        inputs={"x": rng.uniform(-1, 1, (n_samples, 2))},
        targets={
            "y": rng.normal(size=(n_samples, 2)),
            "z": rng.uniform(0, 1, (n_samples, 2)),
        },
        losses={"y": MSE(), "z": BCE()},
    )
    return Bench(compiled, NativeBackend().compile(compiled), parameters, samples)
