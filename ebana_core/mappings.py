"""Dictionaries that nobody changes: they go to other processes and into copies as they are."""

from collections.abc import Iterator, Mapping
from typing import TypeVar, final

Key = TypeVar("Key")
Value = TypeVar("Value", covariant=True)


@final
class FrozenMapping(Mapping[Key, Value]):
    """A mapping without a way to change it.

    `types.MappingProxyType` cannot be pickled, nor copied with what it holds.

    Args:
        items: What it holds, copied.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: Key) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"FrozenMapping({self._items!r})"
