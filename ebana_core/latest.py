"""The one memory of what follows from arrays: the latest result, known by the very arrays."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from ebana_core.arrays import Array

T = TypeVar("T")


class Latest(Generic[T]):
    """What was made last, kept while it is asked for at the very same arrays.

    Arrays are known by name and identity, which costs nothing: the owner sees to it that nobody
    writes into them (see `arrays.fixed`). Copies of the owner begin without it.
    """

    def __init__(self) -> None:
        # Replaced as a whole, so that threads with other arrays never meet each other's results.
        self._kept: tuple[Mapping[str, Array], T] | None = None

    def at(self, arrays: Mapping[str, Array], make: Callable[[], T]) -> T:
        """Return what belongs to arrays: what was made at them before, or what `make` gives."""
        kept = self._kept
        if kept is not None and are_the_same(kept[0], arrays):
            return kept[1]
        kept = self._kept = None  # two at a time would take twice the memory
        made = make()
        self.keep(arrays, made)
        return made

    def keep(self, arrays: Mapping[str, Array], made: T) -> None:
        """Keep what was made at arrays."""
        self._kept = dict(arrays), made

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return self._kept is None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), ()


def are_the_same(known: Mapping[str, Array], arrays: Mapping[str, Array]) -> bool:
    """Tell whether two mappings hold the very same arrays."""
    # A plain loop: it is asked several times in every step of training.
    if len(known) != len(arrays):
        return False
    for name, array in arrays.items():  # noqa: SIM110 (a generator costs more than the rest)
        if known.get(name) is not array:
            return False
    return True
