"""Checks that a law answers with numbers: finite, one per drop, the same ones every time."""

import numpy as np

from ebana_core.arrays import Array
from ebana_core.testing.asking import Device, ask

METHODS = ("current", "slope", "co_content")


def check_results(device: Device) -> None:
    """Current, slope and co-content are finite float64 numbers of the shape of the drops.

    At the examined drops, at 0, and in the shapes of the simulators: samples by branches, with
    values per branch.

    Raises:
        AssertionError: Names the method and the drop.
    """
    drops = device.drops
    samples = np.resize(drops, (2, 3))
    values = {name: np.full(3, value) for name, value in device.numbers.items()}
    for method in METHODS:
        found = ask(device, method, drops)
        _check_finite(method, found, drops, device)
        _check_finite(method, ask(device, method, np.zeros(1)), np.zeros(1), device)
        _check_same(method, found, ask(device, method, drops), "asked twice", drops)
        backwards = ask(device, method, drops[::-1])[::-1]
        _check_same(method, found, backwards, "asked in another order", drops)
        alone = ask(device, method, samples, values=values)
        _check_same(method, np.resize(found, (2, 3)), alone, "asked with fewer drops", samples)


def _check_finite(method: str, found: Array, drops: Array, device: Device) -> None:
    bad = np.flatnonzero(~np.isfinite(found))
    assert not len(bad), (
        f"{method} is {found[bad[0]]:g} at a drop of {drops[bad[0]]:g} V with {device.in_words}; "
        "return a finite number at every drop, or give the fixture `drops` where the law holds"
    )


def _check_same(method: str, found: Array, again: Array, when: str, drops: Array) -> None:
    # Vectorised functions may round by the place of a number in its array, calls may not.
    allowance = 0.0 if when == "asked twice" else 1e-9 * np.abs(found).max()
    error = np.abs(found - again)
    worst = np.unravel_index(int(np.argmax(error)), error.shape)
    assert error[worst] <= allowance, (
        f"{method} is {found[worst]:.17g} and {again[worst]:.17g} at a drop of {drops[worst]:g} V, "
        f"{when}; compute it from that drop and the values alone"
    )
