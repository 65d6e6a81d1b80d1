"""Shows the methods that `Model` hands on as what they are, in the API reference.

An extension of griffe, which reads code without running it: ``fit = takes_targets("_fitter",
parts.Fitter.fit)`` is an attribute to it. Here it becomes the function that is called.
"""

from typing import Any

import griffe


class Delegated(griffe.Extension):
    """Puts the function in the place of every attribute that hands its calls on."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Called once the whole package is read."""
        for place in (pkg["model"]["Model"],) if "model" in pkg.modules else ():
            for name, member in list(place.members.items()):
                if getattr(member, "value", None) is not None and _is_handed_on(member):
                    place.set_member(name, _function(place, member))


def _is_handed_on(member: griffe.Attribute) -> bool:
    return str(member.value).startswith(("delegated(", "takes_targets("))


def _function(place: griffe.Class, member: griffe.Attribute) -> griffe.Function:
    """Return the function behind an attribute, its first argument named self."""
    assert isinstance(member.value, griffe.ExprCall)
    # By the names of the module: within the class, the method itself has the function's name.
    found: Any = place.parent
    for part in str(member.value.arguments[1]).split("."):
        found = found.members[part]
        found = found.final_target if found.is_alias else found
    _, *others = found.parameters
    own = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
    return griffe.Function(
        member.name,
        lineno=found.lineno,
        endlineno=found.endlineno,
        parameters=griffe.Parameters(own, *others),
        returns=found.returns,
        docstring=found.docstring,
        parent=place,
    )
