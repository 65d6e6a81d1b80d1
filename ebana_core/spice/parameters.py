"""Values of parameters, which hold everywhere or within one instance of a subcircuit.

Source:
    ngspice 39, src/frontend/inpcom.c (inp_sort_params, inp_fix_subckt, inp_fix_inst_line) and
    src/frontend/numparam/xpressn.c (entrynb, nupa_subcktcall, sort_idlist).
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.formulas import Function, Names, TooMuchError, Work, compute
from ebana_core.spice.splitting import assignments, without_quotes
from ebana_core.spice.words import MICRO, NUMBER

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_.]*", re.IGNORECASE)
FUNCTION = re.compile(r"\s*([a-z_]\w*)\s*\(([^()]*)\)\s*=?(.*)", re.IGNORECASE | re.DOTALL)
CONSTANTS = ("pi", "temper", "temp")
"""Names that have a value unset: ngspice knows ``temper``, other simulators know the rest."""
MOST_PARAMETERS = 2_000
"""Largest number of parameters of one subcircuit."""


@attrs.frozen
class Setting:
    """A parameter as it is set.

    Args:
        name: In lower case.
        formula: Without braces around it.
        place: For errors.
    """

    name: str
    formula: str
    place: str = attrs.field(eq=False)


def read_settings(text: str, place: str) -> list[Setting]:
    """Return the settings in a text ``NAME=FORMULA NAME=FORMULA ...``.

    Raises:
        CircuitError: It sets nothing.
    """
    return [Setting(n, without_quotes(f), place) for n, f in assignments(text, place)]


def read_function(
    text: str, place: str, functions: Callable[[str], Function | None]
) -> tuple[str, Function]:
    """Return the name of a function ``NAME(A, B) {FORMULA}``, and the function.

    Args:
        text: What follows ``.func``.
        place: For errors.
        functions: Those that its formula can name.

    Raises:
        CircuitError: The text is not such a function.
    """
    found = FUNCTION.fullmatch(text)
    names = [name.strip().lower() for name in found[2].split(",")] if found else []
    if names == [""]:
        names = []
    if not found or not found[3].strip() or not all(map(IDENTIFIER.fullmatch, names)):
        raise CircuitError(
            f"{place}: {text[:60]!r} is not a function.", "write NAME(A,B) {FORMULA}"
        )
    return found[1].lower(), Function(tuple(names), without_quotes(found[3]), functions)


def in_order(settings: Sequence[Setting]) -> list[Setting]:
    """Return settings so that each stands behind those that its formula names.

    Settings that depend on each other in a circle keep their places, and the first finds no value.
    """
    names = {setting.name for setting in settings}
    needs: list[set[str]] = []
    for setting in settings:
        found = {word.lower() for word in IDENTIFIER.findall(setting.formula)}
        needs.append(found.intersection(names) - {setting.name})
    done: set[str] = set()
    result: list[Setting] = []
    waiting = list(range(len(settings)))
    while waiting:
        later = [k for k in waiting if not needs[k] <= done]
        ready = [k for k in waiting if needs[k] <= done] if len(later) < len(waiting) else later
        result.extend(settings[k] for k in ready)
        done.update(settings[k].name for k in ready)
        waiting = later if len(later) < len(waiting) else []
    return result


class Parameters:
    """The parameters of one instance; those of the instances around it hold too.

    A formula that cannot be computed is an error only where its parameter is used.

    Args:
        outer: Parameters of the instance around.
        functions: Functions that can be seen.
        work: Counts what is computed.
    """

    def __init__(
        self,
        outer: "Parameters | None",
        functions: Callable[[str], Function | None],
        work: Work,
    ) -> None:
        self.outer = outer
        self.values: dict[str, float | CircuitError] = {}
        self.names = Names(self.number, functions, work)

    def set(self, settings: Sequence[Setting]) -> None:
        """Compute settings one by one; each sees those before it, and those around.

        Raises:
            CircuitError: There are too many.
        """
        if len(settings) > MOST_PARAMETERS:
            raise CircuitError(
                f"{settings[0].place}: {len(settings)} parameters.", f"use up to {MOST_PARAMETERS}"
            )
        for setting in settings:
            value: float | CircuitError
            try:
                value = compute(setting.formula, self.names, setting.place)
            except TooMuchError:
                raise
            except CircuitError as error:
                value = error
            self.values[setting.name] = value

    def number(self, name: str) -> float | None:
        """Return the value of a parameter; None: there is no parameter of this name.

        Raises:
            CircuitError: Its formula cannot be computed.
        """
        around: Parameters | None = self
        while around is not None:
            value = around.values.get(name)
            if isinstance(value, CircuitError):
                raise CircuitError(*value.args)
            if value is not None:
                return value
            around = around.outer
        return None

    def compute(self, formula: str, place: str) -> float:
        """Return the value of a formula.

        Raises:
            CircuitError: It cannot be computed.
        """
        return compute(without_quotes(formula), self.names, place)


def constants(work: Work, celsius: float | None) -> Parameters:
    """Return the parameters that have values without being set.

    Args:
        work: Counts what is computed.
        celsius: The temperature of the circuit, °C; None: nobody here knows it.
    """
    found = Parameters(None, lambda name: None, work)
    found.values["pi"] = math.pi
    if celsius is not None:
        found.values |= {"temper": celsius, "temp": celsius}
    return found


def instance_settings(own: Sequence[Setting], given: Mapping[str, Setting]) -> list[Setting]:
    """Return the settings of an instance, in the order in which ngspice computes them.

    Args:
        own: Those of the line ``.subckt``, then those of the lines ``.param``, each `in_order`; an
            instance may set all of them.
        given: Those of the instance, by name.
    """
    chosen = [given.get(setting.name, setting) for setting in own]
    plain = [setting for setting in chosen if _is_plain(setting.formula)]
    return [*plain, *(setting for setting in chosen if not _is_plain(setting.formula))]


def _is_plain(formula: str) -> bool:
    return bool(NUMBER.fullmatch(formula.translate(MICRO)))
