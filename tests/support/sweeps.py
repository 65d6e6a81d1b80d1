"""Sweeps of circuits whose layers settle in turn."""

from typing import Any

import pytest

from ebana_core.backends.native.solvers import layered


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of open samples with every sweep."""
    sweeps: list[int] = []
    sweep = layered._Batch.sweep

    def watched(batch: Any) -> Any:
        sweeps.append(len(batch.active))
        return sweep(batch)

    monkeypatch.setattr(layered._Batch, "sweep", watched)
    return sweeps
