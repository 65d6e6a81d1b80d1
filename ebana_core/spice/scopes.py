"""What names mean within an instance of a subcircuit: parameters, models, subcircuits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import Branch, Conditions, Definition, Place, own_statements
from ebana_core.spice.formulas import Function, Work
from ebana_core.spice.headers import Header, behind_word, read_header
from ebana_core.spice.lines import Statement
from ebana_core.spice.models import Model, read_model
from ebana_core.spice.parameters import (
    FUNCTION,
    Parameters,
    Setting,
    constants,
    in_order,
    instance_settings,
    read_function,
    read_settings,
)

DEEPEST_BASE = 5
"""Models that go out from each other by ``ako:``."""


@attrs.frozen(eq=False)
class Instance:
    """A subcircuit where it is used.

    Args:
        definition: What it is an instance of.
        parameters: Its own, and those around it.
        caller: The instance that it stands in; None for what stands around all.
    """

    definition: Definition
    parameters: Parameters
    caller: "Instance | None" = None

    def of(self, definition: Definition) -> "Instance":
        """Return the innermost instance of a definition around this one, or the outermost."""
        around = self
        while around.definition is not definition and around.caller is not None:
            around = around.caller
        return around


class Scopes:
    """Reads what a definition around all holds, as far as it is asked for.

    Args:
        top: The definition.
        is_nominal: The temperature is that of blocks; else formulas that name it are errors.
    """

    def __init__(self, top: Definition, *, is_nominal: bool = True) -> None:
        self.top = top
        self.work = Work()
        self.used: dict[int, Definition | Place] = {}
        """Line to what stands around all subcircuits and was used."""
        self._headers: dict[Definition, Header] = {}
        self._bodies: dict[Definition, list[Statement]] = {}
        self._functions: dict[Definition, Mapping[str, Function]] = {}
        self._models: dict[tuple[int, Instance], Model] = {}
        known = constants(self.work, is_nominal=is_nominal)
        parameters = Parameters(known, partial(self.function, top), self.work)
        self.outermost = Instance(top, parameters)
        self._set(parameters, in_order(self._latest(top)), top)

    def header(self, definition: Definition) -> Header:
        """Return the line ``.subckt``.

        Raises:
            CircuitError: It cannot be read, or no ``.ends`` follows it.
        """
        if definition not in self._headers:
            self._headers[definition] = read_header(definition)
        return self._headers[definition]

    def instance(
        self, definition: Definition, caller: Instance, given: Mapping[str, Setting]
    ) -> Instance:
        """Return an instance with its parameters.

        Raises:
            CircuitError: It is given a parameter that it does not have, and that means something
                else already.
        """
        defaults, own = self.header(definition).defaults, self._latest(definition)
        known = {setting.name for setting in self.parameters(definition)}
        others = [setting for name, setting in given.items() if name not in known]
        for setting in others:
            # ngspice leaves it out, other simulators set it: alike where nothing else is meant.
            if caller.parameters.number(setting.name) is not None:
                raise CircuitError(
                    f"{setting.place}: subcircuit {definition.name!r} has no parameter "
                    f"{setting.name!r} of its own; it has {sorted(known)}.",
                    f"leave out {setting.name!r}",
                )
        parameters = Parameters(caller.parameters, partial(self.function, definition), self.work)
        settings = instance_settings([*others, *defaults], own, given)
        self._set(parameters, settings, definition)
        return Instance(definition, parameters, caller)

    def parameters(self, definition: Definition) -> Sequence[Setting]:
        """Return the parameters of a subcircuit: an instance may set all of them."""
        return (*self.header(definition).defaults, *self._latest(definition))

    def _latest(self, definition: Definition) -> list[Setting]:
        """Return what lines ``.param`` set; of several lines the last one counts."""
        found: dict[str, Setting] = {}
        for place in definition.parameters:
            try:
                statement = definition.source.statement(place.line)
                rest = behind_word(statement.text)
                if FUNCTION.fullmatch(rest):
                    continue
                for setting in read_settings(rest, statement.quoted):
                    found.pop(setting.name, None)
                    found[setting.name] = setting
            except CircuitError:
                continue  # whoever names what it sets is told that it has no value
        return list(found.values())

    def _set(self, parameters: Parameters, settings: list[Setting], definition: Definition) -> None:
        parameters.set(settings)
        for place in definition.parameters:
            if place.conditions:
                self._refuse_conditional(parameters, definition, place)

    def _refuse_conditional(
        self, parameters: Parameters, definition: Definition, place: Place
    ) -> None:
        """Let parameters under ``.if`` be errors where they are used."""
        statement = definition.source.statement(place.line)
        error = CircuitError(
            f"{statement.quoted} stands under .if; ngspice sets it whatever the condition says.",
            "write the condition into the formula: a = condition ? one : other",
        )
        rest = behind_word(statement.text)
        try:
            names = [setting.name for setting in read_settings(rest, statement.place)]
        except CircuitError:
            return
        parameters.values.update(dict.fromkeys(names, error))

    def function(self, definition: Definition, name: str) -> Function | None:
        """Return the function that a name means in a definition; None: nothing that can be read."""
        for around in definition.chain():
            if around not in self._functions:
                self._functions[around] = dict(self._functions_of(around))
            if name in self._functions[around]:
                return self._functions[around][name]
        return None

    def _functions_of(self, definition: Definition) -> Iterator[tuple[str, Function]]:
        for place in (*definition.functions, *definition.parameters):
            try:
                statement = definition.source.statement(place.line)
                rest = behind_word(statement.text)
                if FUNCTION.fullmatch(rest):
                    yield read_function(rest, statement.place)
            except CircuitError:
                continue

    def holds(self, conditions: Conditions, instance: Instance) -> bool:
        """Tell whether lines under ``.if`` count.

        Raises:
            CircuitError: A condition cannot be computed.
        """
        return all(self._holds(branch, instance) for branch in conditions)

    def _holds(self, branch: Branch, instance: Instance) -> bool:
        if any(self.is_true(line, instance) for line in branch.refused):
            return False
        return branch.wanted is None or self.is_true(branch.wanted, instance)

    def is_true(self, line: int, instance: Instance) -> bool:
        """Tell whether the condition of a line ``.if`` or ``.elseif`` holds.

        Raises:
            CircuitError: It cannot be computed.
        """
        statement = self.top.source.statement(line)
        condition = re.sub(r"^\s*\.[a-z]+", "", statement.text, flags=re.IGNORECASE)
        return bool(instance.parameters.compute(condition, statement.quoted))

    def subcircuit(self, instance: Instance, name: str) -> Definition | None:
        """Return the subcircuit that a name means in an instance: the first one, as in ngspice.

        Raises:
            CircuitError: A condition that decides it cannot be computed.
        """
        for around in instance.definition.chain():
            for found in around.inner.get(name, ()):
                if self.holds(found.conditions, instance.of(around)):
                    self._note(around, found.line, found)
                    return found
        return None

    def model(self, instance: Instance, name: str, depth: int = 0) -> Model | None:
        """Return the model that a name means in an instance: the first one, as in ngspice.

        Raises:
            CircuitError: It cannot be read.
        """
        for around in instance.definition.chain():
            holder = instance.of(around)
            for place in around.models.get(name, ()):
                if self.holds(place.conditions, holder):
                    self._note(around, place.line, place)
                    return self._model(place, holder, depth)
        return None

    def _model(self, place: Place, holder: Instance, depth: int) -> Model:
        key = place.line, holder
        if key not in self._models:
            statement = self.top.source.statement(place.line)
            parameters = holder.parameters

            def base(name: str) -> Model:
                found = self.model(holder, name, depth + 1) if depth < DEEPEST_BASE else None
                if found is None:
                    raise CircuitError(
                        f"{statement.quoted} goes out from the model {name!r}, which is missing.",
                        "add its .model",
                    )
                return found

            self._models[key] = read_model(
                statement, parameters.compute, lambda n: parameters.number(n) is not None, base
            )
        return self._models[key]

    def _note(self, around: Definition, line: int, what: Definition | Place) -> None:
        if around is self.top:
            self.used[line] = what

    def body(self, definition: Definition) -> list[Statement]:
        """Return the statements of a subcircuit, those of the subcircuits in it left out.

        Raises:
            CircuitError: A sign that no netlist holds.
        """
        if definition not in self._bodies:
            self._bodies[definition] = list(own_statements(definition))
        return self._bodies[definition]
