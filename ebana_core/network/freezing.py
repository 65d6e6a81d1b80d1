"""Freezing: which layers learning changes."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, final

from ebana_core.checking import check_truth, shown
from ebana_core.errors import ParameterError, UnknownNameError
from ebana_core.network.declared import DeclaredParameter


@final
class TrainableLayers(MutableMapping[str, bool]):
    """Layer name to whether learning changes it; assign False to freeze a layer."""

    def __init__(self, declared: Mapping[str, DeclaredParameter]) -> None:
        self._states: dict[str, bool] = {}
        for parameter in declared.values():
            name = parameter.layer.name
            self._states[name] = self._states.get(name, False) or parameter.declaration.trainable

    def __getitem__(self, layer: str) -> bool:
        if layer not in self:
            raise UnknownNameError(
                f"No layer {shown(layer)} with parameters; those with some are "
                f"{sorted(self._states)}.",
                "use one of these names",
            )
        return self._states[layer]

    def __setitem__(self, layer: str, is_trainable: bool) -> None:
        self[layer]
        check_truth(is_trainable, f"trainable[{layer!r}]")
        self._states[layer] = bool(is_trainable)

    def get(self, layer: str, default: Any = None) -> Any:
        return (
            self._states[layer] if layer in self else default
        )  # that of the base class knows only a KeyError

    def __delitem__(self, layer: str) -> None:
        raise ParameterError(f"Layer {layer!r} cannot be removed.", "assign False to freeze it")

    def __contains__(self, layer: object) -> bool:
        return isinstance(layer, str) and layer in self._states

    def __iter__(self) -> Iterator[str]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)

    def __repr__(self) -> str:
        return f"TrainableLayers({self._states})"
