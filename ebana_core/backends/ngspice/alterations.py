"""Values of a netlist that change from point to point, and the commands that change them."""

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, UnknownNameError

ALTERED_PARAMETER: Mapping[str, str] = MappingProxyType(
    {"v": "dc", "i": "dc", "r": "resistance", **dict.fromkeys("efgh", "gain")}
)
"""First letter of an element to the parameter that holds its value."""

_ELEMENT = re.compile(r"[a-z][a-z0-9_.]{0,200}")


@final
class Alterations:
    """Present values of the elements of a netlist, numbered in the order of their first use.

    Attributes:
        values: V, A, ohms or gains; nan before the first, unequal to any number.
        prefixes: What stands before a value in its command.
    """

    def __init__(self, lines: Sequence[str], title: str) -> None:
        self.values: list[float] = []
        self.prefixes: list[bytes] = []
        self._title = title
        self._elements = {line.split(None, 1)[0].lower() for line in lines if line.strip()}
        self._numbers: dict[str, int] = {}
        self._pending: set[int] = set()

    def number_of(self, name: str) -> int:
        """Return the number of an element.

        Raises:
            ParameterError: ngspice cannot alter such an element.
            UnknownNameError: The netlist has no such element.
        """
        key = name.lower()
        number = self._numbers.get(key)
        if number is None:
            parameter = ALTERED_PARAMETER.get(key[:1])
            if parameter is None or not _ELEMENT.fullmatch(key):
                raise ParameterError(
                    f"ngspice cannot alter an element named {name!r}.",
                    f"alter elements whose names begin with {', '.join(ALTERED_PARAMETER)}",
                )
            if key not in self._elements and "." not in key:
                raise UnknownNameError(
                    f"The netlist {self._title!r} has no element {name!r}.",
                    "give the first word of one of its lines",
                )
            number = self._numbers[key] = len(self._numbers)
            self.prefixes.append(f"alter {key} {parameter} = ".encode("ascii"))
            self.values.append(math.nan)
        return number

    def note(self, number: int, value: float) -> None:
        """Take a value that ngspice does not have yet."""
        # Before the first value stands nan, which differs from every number.
        if self.values[number] != value:
            self.values[number] = value
            self._pending.add(number)

    def pending(self) -> list[bytes]:
        """Return the commands that bring ngspice to the values noted since `settle`."""
        return self._commands(list(self._pending))

    def settle(self) -> None:
        """Count everything noted as known to ngspice."""
        self._pending.clear()

    def everything(self) -> list[bytes]:
        """Return the commands that bring the netlist as written to the present values."""
        return self._commands([k for k, value in enumerate(self.values) if not math.isnan(value)])

    def _commands(self, numbers: Sequence[int]) -> list[bytes]:
        # `repr` is the shortest text that gives back the very number.
        return [self.prefixes[number] + repr(self.values[number]).encode() for number in numbers]


def check_values(names: Sequence[str], rows: Array) -> None:
    """Refuse values that ngspice would misuse silently. Shape of `rows` ``(n, n_names)``.

    Raises:
        ParameterError: A value is not finite, or a resistance not above zero.
    """
    is_resistor = np.array([name[:1] in "rR" for name in names], dtype=bool)
    is_right = np.isfinite(rows) & ((rows > 0) | ~is_resistor)
    if not is_right.all():
        row, column = np.argwhere(~is_right)[0]
        raise _wrong_value(names[column], float(rows[row, column]))


def _wrong_value(name: str, value: float) -> ParameterError:
    return ParameterError(
        f"The value for {name!r} is {value!r}.",
        "give a finite value, and a resistance above zero",
    )
