"""Layers, their values, and how learning changes them."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.layers import Layer
from ebana_core.network.freezing import TrainableLayers
from ebana_core.network.graph import Network, assemble, claim
from ebana_core.network.parameters import (
    Parameters,
    Slot,
    declare,
    initial_values,
)
from ebana_core.network.random_streams import RandomStreams, checked_seed
from ebana_core.rules import GradFunc
from ebana_core.schedules import learning_rate

BLOCK = 32_768
"""Values updated at a time: few enough to stay in the caches."""


class LayeredModel:
    """Layers and their values: what an optimizer needs of a `Model`."""

    def __init__(
        self, inputs: Sequence[Layer], outputs: Sequence[Layer], seed: int | None = None
    ) -> None:
        self.seed = secrets.randbits(32) if seed is None else checked_seed(seed)
        self._network: Network = assemble(inputs, outputs)
        self._slots = declare(self._network)
        self._parameters = Parameters(self._slots, initial_values(self._slots, self.seed))
        self._names: dict[str, list[tuple[str, str]]] = {}
        for full, slot in self._slots.items():
            own = slot.declaration.quantity.name
            self._names.setdefault(slot.layer.name, []).append((own, full))
        self._trainable = TrainableLayers(self._slots)
        self._streams = RandomStreams(self.seed)
        self.stop_training = False
        claim(self._network)

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layer name to layer, in the order in which the circuit is built."""
        return self._network.layers

    @property
    def parameters(self) -> Parameters:
        """Parameter name to read-only array; assignment checks shape and bounds."""
        return self._parameters

    @property
    def trainable(self) -> TrainableLayers:
        """Layer name to whether learning changes it; assign False to freeze a layer."""
        return self._trainable

    @property
    def network(self) -> Network:
        """The assembled layers and their circuit."""
        return self._network

    @property
    def slots(self) -> Mapping[str, Slot]:
        """Parameter name to its layer and declaration."""
        return self._slots

    def trainable_parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters that learning changes now."""
        return tuple(
            name
            for name, slot in self._slots.items()
            if slot.declaration.trainable and self._trainable[slot.layer.name]
        )

    def local_rules(self) -> dict[str, GradFunc | None]:
        """Return the parameters that learning changes now, and the local rule of each."""
        return {
            name: self._slots[name].declaration.grad_func for name in self.trainable_parameters()
        }

    def parameter_units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        return {name: slot.declaration.quantity.unit for name, slot in self._slots.items()}

    def learning_rate(self, name: str, step: int) -> float:
        """Return the learning rate of a parameter at a step, counted from 1."""
        slot = self._slots[name]
        return learning_rate(slot.declaration.lr, step, path=f"{slot.layer.name}.lr")

    def blocks(self, name: str) -> Sequence[slice]:
        """Return parts, along the first axis, that can be programmed one after the other."""
        slot, values = self._slots[name], self._parameters[name]
        is_whole = slot.declaration.weight_update_func is not None
        if is_whole or not slot.layer.programs_in_blocks or not values.ndim:
            return [slice(None)]
        n_rows = max(1, BLOCK * len(values) // max(1, values.size))
        return [slice(first, first + n_rows) for first in range(0, len(values), n_rows)]

    def programmed(
        self, name: str, values: Array, change: Array
    ) -> tuple[Array, Mapping[str, Any]]:
        """Return what a device makes of a change, within its bounds, and what it reports.

        Args:
            name: Parameter name.
            values: Present values, or a block of them.
            change: Wished change, same shape and unit; may be overwritten.
        """
        slot = self._slots[name]
        local = slot.declaration.quantity.name
        change = slot.wished(values, change)
        others = {own: self._parameters[full] for own, full in self._names[slot.layer.name]}
        new, record = slot.layer.program(local, values, change, self._streams.programming, others)
        bounds = slot.declaration.lower, slot.declaration.upper
        new = np.clip(new, *bounds, out=new if new is change else None)
        slot.require(new)
        return new, {slot.layer.parameter(key): value for key, value in record.items()}

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
        """
        found = dict(self._parameters.snapshot() if values is None else values)
        stream = self._streams.of_readings(purpose) if rng is None else rng
        for names in self._names.values():
            others = {own: found[full] for own, full in names}
            for own, full in names:
                slot = self._slots[full]
                seen = slot.layer.read(own, found[full], stream, others)
                if seen is not found[full]:
                    found[full] = slot.declaration.quantity.check(seen, full)
                    found[full].flags.writeable = False
        return found

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign parameters that `programmed` returned, all or none, without a copy."""
        self._parameters.adopt(values)

    def restore(self, values: Mapping[str, Array]) -> None:
        """Assign parameters, all or none."""
        self._parameters.assign(values)

    def reseed_noise(self, seed: int, epoch: int) -> None:
        """Start the device noise of an epoch; it depends on (seed, epoch) alone."""
        self._streams.start_epoch(seed, epoch)

    def noise_state(self) -> dict[str, Any]:
        """Return where the random streams of an epoch stand, as plain data."""
        return self._streams.state()

    def restore_noise(self, states: Mapping[str, Any]) -> None:
        """Let the random streams of an epoch go on from what `noise_state` returned.

        Raises:
            KeyError, TypeError, ValueError: `states` came from elsewhere.
        """
        self._streams.restore(states)
