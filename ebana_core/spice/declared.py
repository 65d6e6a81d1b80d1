"""Parameters and functions that a definition declares by lines ``.param`` and ``.func``."""

from collections.abc import Callable, Iterator

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import Definition
from ebana_core.spice.formulas import Function
from ebana_core.spice.headers import behind_word
from ebana_core.spice.parameters import FUNCTION, Setting, read_function, read_settings


def settings_of(definition: Definition) -> list[Setting]:
    """Return the settings of lines ``.param``; the last line that sets a name counts."""
    found: dict[str, Setting] = {}
    for place in definition.parameters:
        try:
            statement = definition.source.statement(place.line)
            rest = behind_word(statement.text)
            settings = [] if FUNCTION.fullmatch(rest) else read_settings(rest, statement.quoted)
        except CircuitError:
            continue  # whoever names what it sets is told that it has no value
        for setting in settings:
            found.pop(setting.name, None)
            found[setting.name] = setting
    return list(found.values())


def conditional(definition: Definition) -> dict[str, CircuitError]:
    """Return parameters under ``.if``, which are errors where they are used."""
    found: dict[str, CircuitError] = {}
    for place in definition.parameters:
        if not place.conditions:
            continue
        try:
            statement = definition.source.statement(place.line)
            settings = read_settings(behind_word(statement.text), statement.place)
        except CircuitError:
            continue
        error = CircuitError(
            f"{statement.quoted} stands under .if; ngspice sets it whatever the condition says.",
            "write the condition into the formula: a = condition ? one : other",
        )
        found |= {setting.name: error for setting in settings}
    return found


def functions_of(
    definition: Definition, known: Callable[[str], Function | None]
) -> Iterator[tuple[str, Function]]:
    """Yield the functions that a definition declares, by name.

    Args:
        definition: That declares them.
        known: Name to a function that their formulas can name.
    """
    for place in (*definition.functions, *definition.parameters):
        try:
            statement = definition.source.statement(place.line)
            rest = behind_word(statement.text)
            if FUNCTION.fullmatch(rest):
                yield read_function(rest, statement.place, known)
        except CircuitError:
            continue
