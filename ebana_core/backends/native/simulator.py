"""The embedded solver: batched Newton on the reduced circuit, in NumPy."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints, Simulator
from ebana_core.backends.native.devices import Devices, gather_devices
from ebana_core.backends.native.linear import LinearPart, reduce_linear
from ebana_core.backends.native.newton import EPS, Evaluation, Factor, Outcome, newton
from ebana_core.backends.native.partition import Partition, partition_unknowns
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import CurrentSources, IntArray
from ebana_core.errors import ConvergenceError, ParameterError, UnsupportedError

TIGHT = 4 * EPS
"""Residual that rounding leaves, relative to the absolute terms at a node."""
FREE_TOLERANCE = 1e-13
"""Residual of the free phase relative to the device currents at a node."""
MAX_NAMED = 5
"""How many samples an error lists."""


@final
@attrs.frozen
class NativeBackend(Backend):
    """The embedded solver; needs nothing but NumPy.

    Args:
        max_iterations: Newton iterations after which a sample counts as failed.
    """

    name = "native"
    max_iterations: int = attrs.field(default=200)

    @max_iterations.validator
    def _check(self, _: object, value: int) -> None:
        if not (isinstance(value, int) and value >= 1):
            raise ParameterError(
                f"NativeBackend has max_iterations={value!r}.",
                "give a whole number of at least 1",
            )

    def compile(self, compiled: CompiledCircuit) -> "NativeSimulator":
        for array in compiled.circuit.element_arrays:
            if array.law.native_refusal:
                raise UnsupportedError(
                    f"The native backend cannot run layer {array.layer!r}: "
                    f"{array.law.native_refusal}.",
                    'use backend="ngspice"',
                )
        return NativeSimulator(self, compiled)


class Reduced:
    """A circuit reduced at one set of parameters."""

    def __init__(
        self, compiled: CompiledCircuit, partition: Partition, parameters: Mapping[str, Array]
    ) -> None:
        self.parameters = dict(parameters)
        self.linear: LinearPart = reduce_linear(compiled, partition, parameters)
        self.devices: Devices = gather_devices(
            compiled.circuit, partition, self.linear.scale, parameters
        )
        self.factor = Factor(self.linear, self.devices)
        weights = compiled.weights(parameters)
        self.weights = None if weights.conflict else weights.of_node[partition.nodes]

    def holds(self, parameters: Mapping[str, Array]) -> bool:
        """Tell whether these are the very arrays it was reduced at."""
        return all(self.parameters[name] is value for name, value in parameters.items())


class NativeSimulator(Simulator):
    """A circuit compiled for the embedded solver."""

    def __init__(self, backend: NativeBackend, compiled: CompiledCircuit) -> None:
        self.backend, self.compiled = backend, compiled
        self.partition = partition_unknowns(compiled)
        self._reduced: Reduced | None = None

    def operating_points(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        nudge: Mapping[str, Array] | None = None,
        start: OperatingPoints | None = None,
    ) -> OperatingPoints:
        reduced = self._reduce(parameters)
        if start is None:
            start = self._free(reduced, parameters, inputs)
        if nudge is None:
            return start
        change = self._nudged(reduced, start, nudge)
        return OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge=nudge,
            node_voltages=start.node_voltages + change,
            change=change,
        )

    def _reduce(self, parameters: Mapping[str, Array]) -> Reduced:
        if self._reduced is None or not self._reduced.holds(parameters):
            self._reduced = Reduced(self.compiled, self.partition, parameters)
        return self._reduced

    def _free(
        self, reduced: Reduced, parameters: Mapping[str, Array], inputs: Mapping[str, Array]
    ) -> OperatingPoints:
        n_samples = len(next(iter(inputs.values()))) if inputs else 1
        n_nodes = self.compiled.circuit.n_nodes
        offsets = self.compiled.constraints.offsets(parameters, inputs, (n_samples, n_nodes))
        outcome = newton(
            FreePhase(reduced, offsets),
            reduced.factor,
            np.zeros((n_samples, self.partition.n_unknowns)),
            weights=reduced.weights,
            max_iterations=self.backend.max_iterations,
        )
        self._require_success(outcome, "free")
        return OperatingPoints(
            compiled=self.compiled,
            parameters=parameters,
            inputs=inputs,
            nudge={},
            node_voltages=offsets + self._spread(reduced, outcome.x),
        )

    def _nudged(
        self, reduced: Reduced, start: OperatingPoints, nudge: Mapping[str, Array]
    ) -> Array:
        n_unknowns = self.partition.n_unknowns
        injected = np.zeros((start.n_samples, n_unknowns))
        for output in self.compiled.circuit.outputs:
            if output.name in nudge:
                self._inject(reduced, output, nudge[output.name], injected)
        outcome = newton(
            NudgedPhase(reduced, start.node_voltages, injected),
            reduced.factor,
            np.zeros((start.n_samples, n_unknowns)),
            weights=reduced.weights,
            max_iterations=self.backend.max_iterations,
        )
        self._require_success(outcome, "nudged")
        return self._spread(reduced, outcome.x)

    def _inject(
        self, reduced: Reduced, output: CurrentSources, current: Array, injected: Array
    ) -> None:
        n = self.partition.n_unknowns
        for ends, sign in ((output.heads, 1.0), (output.tails, -1.0)):
            places = self.partition.of_node[ends]
            free = places < n
            amounts = (sign * current / reduced.linear.scale[ends])[:, free]
            np.add.at(injected.T, places[free], amounts.T)

    def _spread(self, reduced: Reduced, x: Array) -> Array:
        """Return the voltages that the unknowns give to every node."""
        padded = np.concatenate([x, np.zeros((len(x), 1))], axis=1)
        return np.asarray(padded[:, self.partition.of_node] * reduced.linear.scale)

    def _require_success(self, outcome: Outcome, phase: str) -> None:
        failed = outcome.failed
        if not len(failed):
            return
        worst = np.abs(outcome.residual[failed])
        sample, place = np.unravel_index(np.nanargmax(worst), worst.shape)
        name = self.compiled.circuit.node_names[self.partition.nodes[place]]
        listed = f"{failed[:MAX_NAMED].tolist()}"
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        raise ConvergenceError(
            f"native found no operating point in the {phase} phase for samples {listed}{more}; "
            f"worst node {name!r}, residual {worst[sample, place]:.3g} A after "
            f"{self.backend.max_iterations} iterations.",
            "raise `max_iterations`, or check for device values that differ by many decades",
        )


class FreePhase:
    """Currents at the unknowns for given source voltages."""

    def __init__(self, reduced: Reduced, offsets: Array) -> None:
        self.linear, self.devices = reduced.linear, reduced.devices
        self.driven = self.linear.driven_currents(offsets, len(self.linear.own))
        heads, tails = self.devices.heads, self.devices.tails
        self.drop = offsets[:, heads] - offsets[:, tails]
        self.far = np.abs(offsets[:, heads]) + np.abs(offsets[:, tails])

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        whole = len(samples) == len(self.driven)
        driven = self.driven if whole else self.driven[samples]
        residual = driven + self.linear.apply(x)
        rounding = np.abs(driven) + self.linear.rounding(x)
        if not self.devices.n_branches:
            return Evaluation(residual, TIGHT * rounding, np.zeros((len(x), 0)))
        drop, far = (self.drop, self.far) if whole else (self.drop[samples], self.far[samples])
        own = x @ self.devices.gather
        drop = drop + own
        with np.errstate(over="ignore", invalid="ignore"):
            current, slopes = self.devices.current(drop), self.devices.slope(drop)
            injected = current @ self.devices.scatter
            residual += injected
            rounding += (slopes * (far + np.abs(own))) @ np.abs(self.devices.scatter)
            tolerance = TIGHT * rounding + FREE_TOLERANCE * np.abs(injected)
        return Evaluation(residual, tolerance, slopes)


class NudgedPhase:
    """Changes of the currents at the unknowns for changes of their voltages."""

    def __init__(self, reduced: Reduced, free: Array, injected: Array) -> None:
        self.linear, self.devices, self.injected = reduced.linear, reduced.devices, injected
        self.drop = free[:, self.devices.heads] - free[:, self.devices.tails]

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        whole = len(samples) == len(self.injected)
        injected = self.injected if whole else self.injected[samples]
        residual = self.linear.apply(x) - injected
        rounding = np.abs(injected) + self.linear.rounding(x)
        if not self.devices.n_branches:
            return Evaluation(residual, TIGHT * rounding, np.zeros((len(x), 0)))
        drop = self.drop if whole else self.drop[samples]
        change = x @ self.devices.gather
        with np.errstate(over="ignore", invalid="ignore"):
            difference = self.devices.current_change(drop, change)
            slopes = self.devices.slope(drop + change)
            residual += difference @ self.devices.scatter
            # Where a branch changes its piece, its current changes by less than slope * change,
            # and the latter is what rounding is relative to.
            sizes = np.abs(difference) + slopes * np.abs(change)
            rounding += sizes @ np.abs(self.devices.scatter)
            tolerance = TIGHT * rounding
        return Evaluation(residual, tolerance, slopes)
