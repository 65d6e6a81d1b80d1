"""Fields of frozen classes that follow from the other fields, computed when an object is made."""

from collections.abc import Callable
from typing import Any

import attrs


def derived(compute: Callable[[Any], Any]) -> Any:
    """Return a field that follows from those before it.

    A frozen class holds it from the beginning, so nothing about an object depends on who asked it
    for what before. attrs computes it before validators run; what needs checked fields is set at
    the end of `__attrs_post_init__` instead.

    Args:
        compute: Gives the field's value from the object, whose earlier fields are set.
    """
    return attrs.field(
        init=False, repr=False, eq=False, default=attrs.Factory(compute, takes_self=True)
    )
