"""The temperatures that a text sets for all that it holds: ``.temp``, ``.options temp= tnom=``."""

import re
from collections.abc import Iterator

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice_constants import NOMINAL, ZERO_CELSIUS
from ebana_core.spice.definitions import Definition
from ebana_core.spice.lines import Statement
from ebana_core.spice.splitting import EQUALS
from ebana_core.spice.words import read_number

USUAL_CELSIUS = NOMINAL - ZERO_CELSIUS
"""Temperature of a text that sets none, °C."""
SETTING = re.compile(r"\.(?:temp|options?)\b", re.IGNORECASE)
OF_MODELS = ("scale", "scalm", "defl", "defw", "defad", "defas", "rshunt", "badmos3")
"""Options that change what models and elements mean at DC."""


@attrs.frozen
class Temperatures:
    """The temperatures that a text sets, °C.

    Args:
        circuit: Temperature of the circuit.
        nominal: Temperature at which the numbers of a model hold, unless the model sets its own.
    """

    circuit: float = USUAL_CELSIUS
    nominal: float = USUAL_CELSIUS

    @property
    def text(self) -> str:
        """The netlist line that sets them; empty where both are the usual ones."""
        usual = Temperatures()
        return "" if self == usual else f".options temp={self.circuit!r} tnom={self.nominal!r}"


def read_temperatures(top: Definition) -> Temperatures:
    """Return the temperatures of a text: the last ``.temp`` counts, or else the last option.

    Raises:
        CircuitError: An option that changes what models mean, or no number.

    Source:
        ngspice 39, src/frontend/inp.c, inp_spsource.
    """
    found = {"temp": USUAL_CELSIUS, "tnom": USUAL_CELSIUS}
    # A .temp counts before options wherever it stands; what comes later here wins.
    places = (*top.options, *top.temperatures)
    for place in places:
        found |= dict(_said(top.source.statement(place.line)))
    return Temperatures(found["temp"], found["tnom"])


def check_within(statement: Statement, temperatures: Temperatures) -> None:
    """Refuse a temperature set within a subcircuit that differs from that of the text around.

    In ngspice such a setting holds for the whole circuit.

    Raises:
        CircuitError: It says something else than the text around.
    """
    around = {"temp": temperatures.circuit, "tnom": temperatures.nominal}
    for key, value in _said(statement):
        if value != around[key]:
            raise CircuitError(
                f"{statement.quoted} stands in a subcircuit, but would set {key} for everything "
                "around it.",
                "write it before all subcircuits",
            )


def _said(statement: Statement) -> Iterator[tuple[str, float]]:
    """Yield ``temp`` and ``tnom`` as a line sets them, °C."""
    word, *words = EQUALS.sub("=", statement.text.replace(",", " ")).split()
    first, sign, behind = word.partition("=")
    if first.lower() == ".temp":
        words = [f"temp={' '.join([behind, *words]).strip()}"]
    for setting in reversed(words):  # of two in a line the first one counts
        key, sign, value = setting.lower().partition("=")
        if key in OF_MODELS and not (key in ("scale", "scalm") and value == "1"):
            raise CircuitError(
                f"{statement.quoted}: {setting} changes what models and elements mean.",
                "leave it out and give the whole circuit Model(shunt=1/rshunt), in siemens"
                if key == "rshunt"
                else "write the numbers into them, or leave the option out",
            )
        if key in ("temp", "tnom") and sign:
            celsius = read_number(value, statement.quoted)
            if not celsius > -ZERO_CELSIUS:
                raise CircuitError(f"{statement.quoted}: {setting} °C.", "give one above -273.15")
            yield key, celsius
