"""The hardware of a fit or an evaluation: on which chips a network runs, and how it is read."""

from collections.abc import Mapping, Set
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import shown as quoted
from ebana_core.chips.chip import Chip
from ebana_core.chips.deviations import FACTOR, VALUE, named
from ebana_core.chips.reading import Reading
from ebana_core.chips.spreads import require_known
from ebana_core.chips.twin import Twin
from ebana_core.chips.voltage_noise import VoltageNoise
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Parameter
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.network.declared import DeclaredParameter
from ebana_core.network.values import NetworkValues
from ebana_core.rules import LearningRule
from ebana_core.storage.chip_file import Chips


@final
class Mounted:
    """A chip in a network: the values of its devices, made once per set of the network's values.

    Args:
        chip: How the devices differ.
        declared: Parameter name to its declaration.

    Raises:
        UnknownNameError: The network lacks a parameter of the chip.
        ShapeError: It has another number of devices: the chip is that of another graph.
        ParameterError: The chip gives the value of a parameter that learning changes, or another
            unit than the network's.
    """

    def __init__(self, chip: Chip, declared: Mapping[str, DeclaredParameter]) -> None:
        self._declared = declared
        self._deviations = {
            name: (kind, _fitting(kind, name, array, declared))
            for kind, name, array in named(chip.deviations)
        }
        for name, unit in chip.units.items():
            _check_unit(name, unit, declared)
        # Simulators know values by identity: what did not change stays the same array.
        self._kept: dict[str, tuple[Array, Array]] = {}

    def on(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Return what the devices have where the network says `values`.

        Raises:
            ParameterError: A device would have what its quantity does not allow, or factors
                multiply values that are all zero for good; names them.
        """
        found = dict(values)
        for name, (kind, deviation) in self._deviations.items():
            kept, parameter = self._kept.get(name), self._declared[name]
            if kept is None or kept[0] is not values[name]:
                drawn = parameter.declaration.of_devices(values[name])
                if kind == FACTOR and not parameter.declaration.trainable:
                    _check_factors(name, drawn, deviation)
                own = _deviating(kind, drawn, deviation)
                parameter.declaration.quantity.require(own, f"{name} of the chip")
                own.flags.writeable = False  # simulators copy what somebody could change
                kept = self._kept[name] = values[name], own
            found[parameter.varies_as] = kept[1]
        return found


def _fitting(
    kind: str, name: str, array: Array, declared: Mapping[str, DeclaredParameter]
) -> Array:
    require_known(name, declared, "The chip")
    declaration = declared[name].declaration
    if kind == VALUE and declaration.trainable:
        raise ParameterError(
            f"The chip gives values of {name!r}, which learning changes.",
            "give offsets or factors of it",
        )
    shape = declaration.device_shape
    if array.size == 1 and not array.ndim:
        return np.broadcast_to(array, shape)
    n_devices = int(np.prod(shape))
    if array.shape != shape and array.shape != (n_devices,):
        raise ShapeError(
            f"The chip has {kind}s of shape {array.shape} for {name!r}, which has "
            f"{n_devices} devices, shape {shape}.",
            "give a chip of this network: one number per device, in the order of the layer",
        )
    return array.reshape(shape)


def _check_unit(name: str, unit: str, declared: Mapping[str, DeclaredParameter]) -> None:
    own = declared[name].declaration.quantity.unit if name in declared else unit
    if unit != own:
        raise ParameterError(
            f"The chip gives {name!r} in {unit}; the parameter is in {own}.",
            f"give numbers in {own}",
        )


def _check_factors(name: str, values: Array, factors: Array) -> None:
    """Refuse factors of what is zero: the devices would not deviate at all."""
    if not values.any() and (factors != 1).any():
        raise ParameterError(
            f"The chip has factors of {name!r}, whose values are all zero on the drawing.",
            "give offsets in the unit of the values",
        )


def _deviating(kind: str, values: Array, deviation: Array) -> Array:
    if kind == VALUE:
        return np.array(deviation)
    return np.array(values * deviation if kind == FACTOR else values + deviation)


@final
class Hardware:
    """The chips that a network runs on, and the noise with which their nodes are read.

    Args:
        values: Of the network.
        chip: A `Chip`, a `Twin`, or None: the devices are as the network says.
        read_noise: None: voltages are read exactly.

    Attributes:
        chip: As given.
        read_noise: As given.

    Raises:
        ParameterError: Neither of these.
        See also `Mounted`.
    """

    def __init__(self, values: NetworkValues, chip: Any, read_noise: Any) -> None:
        if not isinstance(chip, Chip | Twin | None):
            raise ParameterError(f"chip is {quoted(chip)}.", "give a Chip, a Twin, or None")
        if not isinstance(read_noise, VoltageNoise | None):
            raise ParameterError(
                f"read_noise is {quoted(read_noise)}.", "give VoltageNoise(5e-3), or None"
            )
        self.chip: Chip | Twin | None = chip
        self.read_noise: VoltageNoise | None = read_noise
        self._values = values
        first, second = (chip.free, chip.clamped) if isinstance(chip, Twin) else (chip, None)
        self._first = None if first is None else Mounted(first, values.declared)
        self._second = None if second is None else Mounted(second, values.declared)

    @property
    def chips(self) -> Chips:
        """The chips as a chip file holds them."""
        return {} if self.chip is None else self.chip.content

    @property
    def single_devices(self) -> Mapping[str, DeclaredParameter]:
        """What the circuits are given beside parameters; see `NetworkValues.single_devices`."""
        deviations = self.chips.values()
        return self._values.single_devices(
            {name for found in deviations for _, name, _ in named(found)}
        )

    @property
    def is_plain(self) -> bool:
        """Whether there is one circuit, which is read exactly."""
        return self._second is None and not self._noise

    @property
    def has_twins(self) -> bool:
        """Whether displaced phases have a circuit of their own."""
        return self._second is not None

    @property
    def _noise(self) -> float:
        return 0.0 if self.read_noise is None else self.read_noise.volts

    def readings(
        self, purpose: str = "user", values: Mapping[str, Array] | None = None
    ) -> Mapping[str, Array]:
        """Return the devices of the first circuit; see `NetworkValues.readings`."""
        return self._on(self._first, purpose, values)

    def second(self, purpose: str = "user") -> Mapping[str, Array] | None:
        """Return the devices of the circuit of displaced phases; None: there is one circuit."""
        return None if self._second is None else self._on(self._second, purpose)

    def _on(
        self, mounted: Mounted | None, purpose: str, values: Mapping[str, Array] | None = None
    ) -> Mapping[str, Array]:
        if mounted is not None:
            values = mounted.on(self._values.parameters.snapshot() if values is None else values)
        return self._values.readings(values, purpose=purpose)

    def reading(self, *numbers: int) -> Reading | None:
        """Return what reads a batch; None: voltages are read exactly.

        Args:
            numbers: What tells the batch from others; none: a batch that nobody numbers.
        """
        if self.read_noise is None or not self._noise:
            return None
        which = numbers or (self._values.fresh_number(),)
        words = np.random.SeedSequence([self.read_noise.seed, *which]).generate_state(2, np.uint64)
        return Reading(self._noise, (int(words[0]), int(words[1])))

    def check(self, rule: LearningRule, circuit: Circuit, trainable: Set[str]) -> None:
        """Refuse a rule or parameters that this hardware does not measure.

        Raises:
            ParameterError: Says which.
        """
        if self.is_plain:
            return
        what = "twin circuits" if self.has_twins else "read noise"
        if len(rule.phase_names) < 2:
            raise ParameterError(
                f"{type(rule).__name__} compares no phases that a circuit settles in, so that it "
                f"knows nothing of {what}.",
                "train by a rule that does (DropSquared, EquilibriumPropagation, CoupledLearning); "
                "evaluate with chip=... and read_noise=...",
            )
        values = [
            *(value for array in circuit.element_arrays for value in array.values.values()),
            *(value for array in circuit.terminal_devices for value in array.values.values()),
        ]
        measured = {value.name for value in values if isinstance(value, Parameter)}
        for name in sorted(trainable - measured):
            raise ParameterError(
                f"{name!r} learns from currents of sources or amplifiers, and on {what} only "
                "drops are measured.",
                "freeze its layer",
            )
