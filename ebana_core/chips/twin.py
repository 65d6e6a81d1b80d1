"""Twin chips: free and displaced phases on two circuits, with trained values in common."""

import os
from collections.abc import Mapping
from typing import Any, final

import attrs

from ebana_core.chips.chip import Chip
from ebana_core.chips.spreads import Drawn, Spread
from ebana_core.errors import FormatError, ParameterError
from ebana_core.storage.chip_csv import read_chips_csv, write_chips_csv
from ebana_core.storage.chip_file import CLAMPED, FREE, Chips, read_chips, write_chips
from ebana_core.validators import instance


def _chip(given: Any) -> Any:
    """Return what stands for a chip as one; anything else as it is."""
    if given is None:
        return Chip()
    return Chip(given) if isinstance(given, Mapping) else given


_IS_CHIP = instance(Chip, "give a Chip, or parameter name to what the devices have")


@final
@attrs.frozen(eq=False, repr=False)
class Twin:
    """Two circuits with devices of their own and trained values in common.

    The free circuit is solved free, and is what is evaluated; the clamped one is solved in every
    displaced phase (nudged, clamped, plus, minus). Centered rules displace the clamped circuit
    to both sides.

    Args:
        free: The free circuit; None: the devices are the model's own.
        clamped: The circuit of displaced phases; likewise.

    A mapping in place of a chip stands for its `Chip.values`.

    Raises:
        ParameterError: A circuit is no chip, or both give a parameter in different units.

    Examples:
        >>> from ebana_core.chips import Chip
        >>> twin = Twin(free=None, clamped=Chip(factors={"d1.conductance": [[1.05, 0.97]]}))
        >>> twin.clamped.names
        ('d1.conductance',)
    """

    free: Chip = attrs.field(default=None, converter=_chip, validator=_IS_CHIP)
    clamped: Chip = attrs.field(default=None, converter=_chip, validator=_IS_CHIP)

    def __attrs_post_init__(self) -> None:
        for name, unit in self.free.units.items():
            other = self.clamped.units.get(name, unit)
            if other != unit:
                raise ParameterError(
                    f"The free chip gives {name!r} in {unit}, and the clamped one in {other}.",
                    "give both in the unit of the parameter",
                )

    @classmethod
    def drawn(cls, model: Drawn, spreads: Mapping[str, Spread], seed: int) -> "Twin":
        """Draw two chips, independent of each other; see `Chip.drawn`."""
        return cls(*(Chip.drawn(model, spreads, seed, copy) for copy in range(2)))

    def scaled(self, by: float) -> "Twin":
        """Return twins whose deviations are larger or smaller; see `Chip.scaled`."""
        return Twin(self.free.scaled(by), self.clamped.scaled(by))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write both chips as one HDF5 file; see `Chip.save`."""
        write_chips(path, self.content, self.units)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Twin":
        """Read what `save` wrote, or the twins that a run was trained on; see `Chip.load`."""
        return cls._of(path, *read_chips(path))

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write both chips as one table; see `Chip.save_csv`."""
        write_chips_csv(path, self.content, self.units)

    @classmethod
    def load_csv(cls, path: str | os.PathLike[str]) -> "Twin":
        """Read what `save_csv` wrote; see `Chip.load_csv`."""
        return cls._of(path, *read_chips_csv(path))

    @property
    def content(self) -> Chips:
        """What a file holds of them."""
        return {FREE: self.free.deviations, CLAMPED: self.clamped.deviations}

    @property
    def units(self) -> dict[str, str]:
        """Parameter name to SI unit."""
        return {**self.free.units, **self.clamped.units}

    @classmethod
    def _of(
        cls,
        path: str | os.PathLike[str],
        chips: Chips,
        units: Mapping[str, str],
    ) -> "Twin":
        if not set(chips) <= {FREE, CLAMPED}:
            raise FormatError(
                f"{os.fspath(path)} holds one chip, not twins.",
                "read it with Chip: Twin(free=..., clamped=...) takes two of them",
            )
        return cls(**{name: Chip.of(found, units) for name, found in chips.items()})

    def __repr__(self) -> str:
        return f"Twin(free={self.free}, clamped={self.clamped})"
