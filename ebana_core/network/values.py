"""The values of a network: as they stand, as learning changes them, as a measurement finds them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.checking import checked_whole
from ebana_core.errors import ParameterError
from ebana_core.layers import Layer
from ebana_core.layers.plain_steps import PlainSteps, plain_steps
from ebana_core.network.declared import DeclaredParameter, declare, initial_values
from ebana_core.network.devices import Devices
from ebana_core.network.examined_laws import check_laws
from ebana_core.network.freezing import TrainableLayers
from ebana_core.network.graph import Network
from ebana_core.network.parameters import Parameters
from ebana_core.network.programs import check_step, checked_readable
from ebana_core.network.random_streams import RandomStreams, checked_seed
from ebana_core.network.shared_values import check_shared
from ebana_core.objects import checked_instance, checked_name
from ebana_core.rules import GradFunc
from ebana_core.schedules import learning_rate

BLOCK = 32_768
"""Number of values that are updated together: few enough to stay in the processor's caches."""


@final
class NetworkValues:
    """The parameters of a network, and what its devices make of changes and readings.

    Args:
        network: The layers and their circuit.
        seed: Of the initial values, one random stream per (seed, layer name), and of device noise.

    Attributes:
        network, seed: As given.
        declared: Parameter name to its layer and declaration.
        parameters: Parameter name to read-only array.
        trainable: Layer name to whether learning changes it.
    """

    def __init__(self, network: Network, seed: int) -> None:
        self.network, self.seed = network, seed
        self.declared: Mapping[str, DeclaredParameter] = declare(network)
        check_shared(self.declared, network.compiled.circuit)
        self.parameters = Parameters(self.declared, initial_values(self.declared, seed))
        check_laws(network.compiled.circuit, self.parameters)
        self.trainable = TrainableLayers(self.declared)
        self._streams = RandomStreams(seed)
        self._devices = Devices(self.declared)
        self._plain_steps = {
            full: plain_steps(parameter.layer, parameter.declaration)
            for full, parameter in self.declared.items()
        }

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layer name to layer, in the order in which the circuit is built."""
        return self.network.layers

    def trainable_parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that learning changes now."""
        return tuple(
            name
            for name, parameter in self.declared.items()
            if parameter.declaration.trainable and self.trainable[parameter.layer.name]
        )

    def local_rules(self) -> dict[str, GradFunc | None]:
        """Return the parameters that learning changes now, and the local rule of each."""
        return {
            name: self.declared[name].declaration.grad_func for name in self.trainable_parameters()
        }

    def parameter_units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        return {
            name: parameter.declaration.quantity.unit for name, parameter in self.declared.items()
        }

    def learning_rate(self, name: str, step: int) -> float:
        """Return the learning rate of a parameter at a step, counted from 1.

        Raises:
            ParameterError: None is given.
            UnknownNameError: There is no such parameter.
        """
        parameter = self._of(name)
        rate = parameter.declaration.lr
        if rate is None:
            raise self._without_rate([name])
        return learning_rate(rate, step, path=f"{parameter.layer.name}.lr")

    def _of(self, name: str) -> DeclaredParameter:
        return self.declared[checked_name(name, self.declared, "parameter")]

    def check_rates(self) -> None:
        """Refuse to train a parameter whose learning rate nobody gave.

        Raises:
            ParameterError: Names all of them.
        """
        names = self.trainable_parameters()
        forgotten = [name for name in names if self.declared[name].declaration.lr is None]
        if forgotten:
            raise self._without_rate(forgotten)

    def _without_rate(self, names: Sequence[str]) -> ParameterError:
        by_unit: dict[str, list[str]] = {}
        for name in names:
            unit = self.declared[name].declaration.quantity.unit
            by_unit.setdefault("a pure number" if unit == "1" else unit, []).append(repr(name))
        steps = " and ".join(f"{unit} for {', '.join(own)}" for unit, own in by_unit.items())
        return ParameterError(
            f"Training changes {list(names)}, and no learning rate is given for them.",
            f"give their layers lr=..., with Adam about the change of one step, {steps}; or lr=0, "
            "or trainable=False, to keep them as they are",
        )

    def plain_steps(self, name: str) -> PlainSteps | None:
        """Return what `programmed` does to a parameter, in numbers; None: it does otherwise."""
        return self._plain_steps[checked_name(name, self.declared, "parameter")]

    def blocks(self, name: str) -> Sequence[slice]:
        """Return parts, along the first axis, that can be programmed one after the other."""
        parameter, values = self._of(name), self.parameters[name]
        # A function of the user's sees the whole array.
        is_whole = parameter.declaration.weight_update_func is not None
        if is_whole or not parameter.layer.programs_in_blocks or not values.ndim:
            return [slice(None)]
        n_rows = max(1, BLOCK * len(values) // max(1, values.size))
        return [slice(first, first + n_rows) for first in range(0, len(values), n_rows)]

    def programmed(
        self, name: str, values: Array, change: Array, chosen: BoolArray | None = None
    ) -> tuple[Array, Mapping[str, Any]]:
        """Return what a device makes of a change, within its bounds, and what it reports.

        Args:
            name: Parameter name.
            values: Present values, or a block of them.
            change: Wished change, same shape and unit; may be overwritten.
            chosen: Which devices are asked at all, same shape; None: all of them.

        Raises:
            UnknownNameError, ParameterError, ShapeError: See `check_step`.
        """
        parameter = self._of(name)
        check_step(name, values, change, chosen)
        layer, declaration = parameter.layer, parameter.declaration
        change = parameter.wished(values, change)
        if chosen is not None:
            change = np.where(chosen, change, 0.0)
        others = self._devices.beside(layer.name, self.parameters)
        new, record = layer.program(
            declaration.quantity.name, values, change, self._streams.programming, others
        )
        # Devices hold their values within bounds whatever was asked of them.
        bounds = declaration.lower, declaration.upper
        new = np.clip(new, *bounds, out=new if new is change else None)
        parameter.require(new)
        return new, {layer.parameter(key): value for key, value in record.items()}

    def readings(
        self,
        values: Mapping[str, Array] | None = None,
        *,
        purpose: str = "user",
        rng: np.random.Generator | None = None,
    ) -> Mapping[str, Array]:
        """Return all values as a measurement finds them; devices may fluctuate.

        Args:
            values: Parameter name to array; None: as they stand.
            purpose: Of which there is a random stream each: ``"training"``, ``"validation"``,
                ``"user"``. What a user looks at does not change what a fit finds.
            rng: Draws the fluctuations instead.

        Raises:
            UnknownNameError, ParameterError: See `checked_readable`; or another purpose.
        """
        found = (
            self.parameters.snapshot()
            if values is None
            else checked_readable(values, self.declared)
        )
        fix = "give np.random.default_rng(seed), or None"
        stream = self._streams.of_readings(purpose) if rng is None else rng
        checked_instance(stream, np.random.Generator, "rng", fix)
        return self._devices.read(found, stream)

    def single_devices(self, deviating: Collection[str]) -> dict[str, DeclaredParameter]:
        """Return the parameters beside `parameters` that a circuit is given, by their names.

        They say what single devices have of shared values, where these differ.

        Args:
            deviating: Parameters of which a chip says how each device deviates.
        """
        return self._devices.single(deviating)

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign parameters that `programmed` returned, all or none, without a copy."""
        self.parameters.adopt(values)

    def restore(self, values: Mapping[str, Array]) -> None:
        """Assign parameters, all or none."""
        self.parameters.assign(values)

    def reseed_noise(self, seed: int, epoch: int) -> None:
        """Start the device noise of an epoch; it depends on (seed, epoch) alone."""
        self._streams.start_epoch(checked_seed(seed), checked_whole(epoch, "epoch", at_least=0))

    def fresh_number(self) -> int:
        """Return a random number from a stream of its own: a key of noise that nobody numbers."""
        return int(self._streams.of_readings("read noise").integers(2**63))

    def noise_state(self) -> dict[str, Any]:
        """Return where the random streams of an epoch stand, as plain data."""
        return self._streams.state()

    def restore_noise(self, states: Mapping[str, Any]) -> None:
        """Let the random streams of an epoch go on from what `noise_state` returned.

        Raises:
            ParameterError: `states` came from elsewhere; nothing is changed.
        """
        self._streams.restore(states)
