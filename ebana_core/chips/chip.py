"""A chip: by how much its devices differ from those that the model says."""

import os
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_whole, shown
from ebana_core.chips.deviations import (
    FACTOR,
    KINDS,
    OFFSET,
    VALUE,
    Deviations,
    in_words,
    named,
    own_arrays,
    own_units,
)
from ebana_core.chips.spreads import (
    Drawn,
    Spread,
    checked_spreads,
    keeps_its_sign,
    log_normal,
    spread_by,
    stream,
)
from ebana_core.errors import ParameterError
from ebana_core.network.random_streams import checked_seed
from ebana_core.objects import checked_instance, checked_mapping
from ebana_core.storage.chip_csv import read_chips_csv, write_chips_csv
from ebana_core.storage.chip_file import CHIP, Chips, read_chips, the_one_chip, write_chips

MEANING = "a standard deviation (of factors where values keep their sign, else in their unit)"


def _values(given: Any) -> Mapping[str, Array]:
    return own_arrays(given, VALUE)


def _offsets(given: Any) -> Mapping[str, Array]:
    return own_arrays(given, OFFSET)


def _factors(given: Any) -> Mapping[str, Array]:
    return own_arrays(given, FACTOR)


@final
@attrs.frozen(eq=False, repr=False)
class Chip:
    """One made chip: how its devices differ from those that a model says.

    The device that a model gives the value v has ``v + offset`` or ``v * factor`` on the chip. A
    parameter that learning changes keeps its deviation while it is trained.

    Args:
        values: Parameter name to what the devices have, whatever the model says; not for
            parameters that learning changes. SI units.
        offsets: Parameter name to what is added to the model's values. SI units.
        factors: Parameter name to what multiplies them, above zero.
        units: Parameter name to the SI unit of values and offsets, for files and printing.

    Every array has the parameter's shape, or its size in one row: row by row. One number stands
    for all devices. Where devices share values, as those of `Conv2DLayer`, it has one per device.

    Raises:
        ParameterError: A parameter stands under two kinds, or a unit is no text.
        DataError: A number is not finite, or a factor not above zero.

    Examples:
        >>> chip = Chip(factors={"d1.conductance": [[1.05, 0.97]]})
        >>> chip.names
        ('d1.conductance',)
    """

    values: Mapping[str, Any] = attrs.field(factory=dict, converter=_values)
    offsets: Mapping[str, Any] = attrs.field(factory=dict, converter=_offsets, kw_only=True)
    factors: Mapping[str, Any] = attrs.field(factory=dict, converter=_factors, kw_only=True)
    units: Mapping[str, str] = attrs.field(factory=dict, converter=own_units, kw_only=True)

    def __attrs_post_init__(self) -> None:
        names = [name for _, name, _ in named(self.deviations)]
        for name in names:
            if names.count(name) > 1:
                raise ParameterError(
                    f"The chip gives {name!r} twice.",
                    "give each parameter as values, as offsets or as factors",
                )

    @classmethod
    def drawn(cls, model: Drawn, spreads: Mapping[str, Spread], seed: int, copy: int = 0) -> "Chip":
        """Draw a chip.

        Args:
            model: Tells shapes and units of the parameters.
            spreads: Parameter name to standard deviation. Parameters that cannot pass zero
                (conductances, ``kp_factor``) get log-normal factors of mean 1 with it, all
                others (voltages) normal offsets in their unit. Or a function of the model's
                values and a generator, which returns what the devices have. A parameter that
                is one number for a whole layer deviates as one; of values that devices share,
                every device deviates by itself.
            seed: The same seed draws the same chip.
            copy: Another number draws another chip.

        Raises:
            UnknownNameError: A parameter that the model lacks.
            ParameterError: A spread is neither a number of at least zero nor callable.
        """
        fix = "give a model, whose parameters the chip is drawn for"
        declared = checked_instance(model, Drawn, "model", fix).declared  # type: ignore[type-abstract]  # a protocol that is checked when it runs
        seed, copy = checked_seed(seed), checked_whole(copy, "copy", at_least=0)
        offsets: dict[str, Array] = {}
        factors: dict[str, Array] = {}
        for name, spread in checked_spreads(spreads, declared, "spreads", MEANING).items():
            values = declared[name].declaration.of_devices(model.parameters[name])
            rng = stream(seed, copy, name)
            if callable(spread):
                offsets[name] = spread_by(spread, name, values, rng, "spread") - values
            elif keeps_its_sign(declared[name]):
                factors[name] = log_normal(spread, values.shape, rng)
            else:
                offsets[name] = np.multiply(spread, rng.standard_normal(values.shape))
        units = {name: declared[name].declaration.quantity.unit for name in spreads}
        return cls(offsets=offsets, factors=factors, units=units)

    def scaled(self, by: float) -> "Chip":
        """Return a chip whose deviations are larger or smaller: 0 the drawing, 1 this chip.

        Offsets are multiplied, factors are raised to the power, so that they stay above zero:
        small deviations grow in proportion.

        Raises:
            ParameterError: `by` is below zero, or the chip gives values, whose deviation only
                the model knows.
            DataError: A deviation grows beyond all numbers, or a factor shrinks to zero.
        """
        by = checked_number(by, "by", "give a scale of at least 0", at_least=0.0)
        if self.values:
            raise ParameterError(
                f"The chip gives values of {sorted(self.values)}, which have no scale.",
                "give offsets or factors: what the chip differs by",
            )
        with np.errstate(over="ignore", under="ignore"):  # what comes of it is refused by name
            offsets = {name: by * array for name, array in self.offsets.items()}
            factors = {name: np.power(array, by) for name, array in self.factors.items()}
        return attrs.evolve(self, offsets=offsets, factors=factors)

    @property
    def deviations(self) -> Deviations:
        """Kind (``"value"``, ``"offset"``, ``"factor"``) to parameter name to array."""
        return dict(zip(KINDS, (self.values, self.offsets, self.factors), strict=True))

    @property
    def content(self) -> Chips:
        """What a file holds of it."""
        return {CHIP: self.deviations}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that deviate."""
        return tuple(name for _, name, _ in named(self.deviations))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an HDF5 file; see FORMAT.md. An existing one is replaced.

        Raises:
            StorageError: It cannot be written.
        """
        write_chips(path, self.content, self.units)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Chip":
        """Read what `save` wrote, or the chip that a run was trained on, from its file.

        Raises:
            StorageError: It cannot be read.
            FormatError: It holds no chip, or two of them: read these with `Twin.load`.
        """
        return cls.of(*the_one_chip(path, *read_chips(path)))

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a table: a row per device, a column per parameter that deviates.

        Raises:
            StorageError: It cannot be written.
        """
        write_chips_csv(path, self.content, self.units)

    @classmethod
    def load_csv(cls, path: str | os.PathLike[str]) -> "Chip":
        """Read what `save_csv` wrote, or a measured table of that form.

        Raises:
            StorageError: It cannot be read.
            DataError: A cell is not a finite number, or a column is not named as it should be.
            FormatError: It holds two chips: read these with `Twin.load_csv`.
        """
        return cls.of(*the_one_chip(path, *read_chips_csv(path)))

    @classmethod
    def of(cls, deviations: Deviations, units: Mapping[str, str]) -> "Chip":
        """Return the chip of deviations by kind.

        Args:
            deviations: ``"value"``, ``"offset"``, ``"factor"`` to parameter name to array.
            units: Parameter name to SI unit; of more parameters than deviate, if need be.

        Raises:
            ParameterError: Not such mappings.
        """
        fix = f"give a mapping of {', '.join(KINDS)} to arrays by parameter name"
        by_kind = checked_mapping(deviations, "deviations", fix)
        if set(by_kind) != set(KINDS):
            raise ParameterError(f"deviations is {shown(deviations)}.", fix)
        values, offsets, factors = (by_kind[kind] for kind in KINDS)
        chip = cls(values, offsets=offsets, factors=factors, units=units)
        kept = {name: unit for name, unit in chip.units.items() if name in chip.names}
        return attrs.evolve(chip, units=kept)

    @property
    def checksum(self) -> str:
        """What tells this chip from another: CRC-32 of names, kinds and numbers."""
        return f"{_checksum(named(self.deviations)):08x}"

    def __repr__(self) -> str:
        parts = [
            f"{name}: {in_words(kind, array, self.units.get(name, ''))}"
            for kind, name, array in named(self.deviations)
        ]
        return f"Chip({'; '.join(parts) or 'as drawn'}; crc32 {self.checksum})"


def _checksum(deviations: Iterable[tuple[str, str, Any]]) -> int:
    number = 0
    for kind, name, array in deviations:
        number = zlib.crc32(f"{kind} {name} {array.size}".encode(), number)
        number = zlib.crc32(np.ascontiguousarray(array, dtype="<f8").tobytes(), number)
    return number
