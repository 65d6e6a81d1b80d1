"""How long a call may look for operating points that its first attempt does not find.

Other ways (other beginnings, gmin stepping, source stepping, time) end by themselves, but after
thousands of solves. Who calls learns sooner that there is no operating point, or can ask for more.
"""

import time
from typing import Any

import attrs

from ebana_core.checking import checked_number

RESCUE_SECONDS = 5.0
"""Of a call, s, after which no other ways are tried."""
MOST_SECONDS = 1e6
"""More would run for ever on a circuit without an operating point, s."""


@attrs.frozen
class Deadline:
    """An end on the clock of `time.monotonic`.

    Args:
        end: s.
    """

    end: float

    @classmethod
    def since(cls, begin: float, seconds: float) -> "Deadline":
        """Return the end of the other ways of a call whose first attempt is over.

        They are given as long as that took, at least: where one solve takes long, as many do
        in other ways.

        Args:
            begin: Of the call, on the clock of `time.monotonic`, s.
            seconds: From the begin, s.
        """
        now = time.monotonic()
        return cls(max(begin + seconds, now + (now - begin)))

    @property
    def has_passed(self) -> bool:
        """Whether it is over."""
        return time.monotonic() >= self.end

    def explained(self, tried: str, advice: str) -> tuple[str, str]:
        """Return what was tried until then, and what to do."""
        return f"{tried}, given up in time", f"raise `rescue_seconds` of the backend, or {advice}"


def has_passed(deadline: Deadline | None) -> bool:
    """Tell whether a deadline is over, if there is one."""
    return deadline is not None and deadline.has_passed


def check_seconds(backend: Any, attribute: "attrs.Attribute[float]", value: object) -> None:
    """Refuse what is no time (an attrs validator).

    Raises:
        ParameterError: Names the setting.
    """
    path = f"{type(backend).__name__}.{attribute.name}"
    checked_number(value, path, "give seconds", at_least=0.0, at_most=MOST_SECONDS)
