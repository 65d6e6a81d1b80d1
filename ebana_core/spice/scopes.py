"""The meaning of names within an instance of a subcircuit: parameters, models, subcircuits."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.declared import conditional, functions_of, settings_of
from ebana_core.spice.definitions import Branch, Conditions, Definition, Place, own_statements
from ebana_core.spice.formulas import Function, Work
from ebana_core.spice.headers import GROUNDS, Header, read_header
from ebana_core.spice.lines import Statement
from ebana_core.spice.models import Model, at_nominal, read_model
from ebana_core.spice.parameters import (
    Parameters,
    Setting,
    constants,
    in_order,
    instance_settings,
)
from ebana_core.spice.temperatures import read_temperatures

EVERYWHERE = frozenset(["null"])
"""Nodes, beside ground, that ngspice takes for the same node in all subcircuits.

Source:
    ngspice 39, src/frontend/subckt.c, collect_global_nodes.
"""
DEEPEST_BASE = 5
"""Largest number of models in a chain of ``ako:`` (a kind of), each of which refines the next."""


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
    """Reads what the outermost definition holds, and only the parts that are asked for.

    Args:
        top: The definition.
        is_temperate: All of it is at the temperature that the text says; else whoever uses it
            chooses one, and formulas that name it are errors.
    """

    def __init__(self, top: Definition, *, is_temperate: bool = True) -> None:
        self.top = top
        self.work = Work()
        self.used: dict[int, Definition | Place] = {}
        """Line number to what was used of what stands outside of all subcircuits."""
        self._headers: dict[Definition, Header] = {}
        self._parameters: dict[Definition, Sequence[Setting]] = {}
        self._bodies: dict[Definition, list[Statement]] = {}
        self._functions: dict[Definition, Mapping[str, Function]] = {}
        self._models: dict[tuple[int, Instance], Model] = {}
        self.temperatures = read_temperatures(top)
        """The temperatures of everything in the definition."""
        known = constants(self.work, self.temperatures.circuit if is_temperate else None)
        parameters = Parameters(known, partial(self.function, top), self.work)
        self.outermost = Instance(top, parameters)
        parameters.set(in_order(settings_of(top)))
        parameters.values.update(conditional(top))

        self.common = EVERYWHERE.union(self._words(top.globals)).difference(GROUNDS)
        """Names of nodes that mean the same node in all subcircuits."""

    def _words(self, places: Sequence[Place]) -> Iterator[str]:
        for place in places:
            yield from self.top.source.continued(place.line).lower().split()[1:]

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
        own = self.parameters(definition)
        known = {setting.name for setting in own}
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
        parameters.set(instance_settings([*others, *own], given))
        parameters.values.update(conditional(definition))
        return Instance(definition, parameters, caller)

    def parameters(self, definition: Definition) -> Sequence[Setting]:
        """Return the parameters of a subcircuit, each behind those that it depends on."""
        if definition not in self._parameters:
            defaults = in_order(self.header(definition).defaults)
            self._parameters[definition] = (*defaults, *in_order(settings_of(definition)))
        return self._parameters[definition]

    def function(self, definition: Definition, name: str) -> Function | None:
        """Return the function of a name in a definition; None: there is none that can be read."""
        for around in definition.chain():
            if around not in self._functions:
                self._functions[around] = dict(functions_of(around, partial(self.function, around)))
            if name in self._functions[around]:
                return self._functions[around][name]
        return None

    def holds(self, conditions: Conditions, instance: Instance) -> bool:
        """Tell whether lines under ``.if`` count.

        Raises:
            CircuitError: A condition cannot be computed.
        """
        return all(self._holds(branch, instance) for branch in conditions)

    def _holds(self, branch: Branch, instance: Instance) -> bool:
        # An .elseif counts only where no branch before it does.
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
                        f"{statement.quoted} is based on the model {name!r}, which is missing.",
                        "add its .model",
                    )
                return found

            model = read_model(
                statement, parameters.compute, lambda n: parameters.number(n) is not None, base
            )
            self._models[key] = at_nominal(model, self.temperatures.nominal)
        return self._models[key]

    def _note(self, around: Definition, line: int, what: Definition | Place) -> None:
        if around is self.top:
            self.used[line] = what

    def body(self, definition: Definition) -> list[Statement]:
        """Return the statements of a subcircuit, without those of the subcircuits inside it.

        Raises:
            CircuitError: A sign that no netlist holds.
        """
        if definition not in self._bodies:
            self._bodies[definition] = list(own_statements(definition))
        return self._bodies[definition]
