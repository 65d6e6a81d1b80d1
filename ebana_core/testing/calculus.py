"""Checks that slope, co-content, changes and sensitivities belong to the current."""

import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws import Law
from ebana_core.quantities import Quantity
from ebana_core.testing.asking import Device, agree, allowed, ask, changed

EPSILON = float(np.finfo(np.float64).eps)

PARTS = 10_000
"""Parts of the way from zero drop to the last one, by which currents are summed."""

EVERY = 20
"""Parts between two comparisons of co-contents."""

EXACT, NUMERICAL = 1e-5, 1e-3
"""Tolerances of co-contents relative to the largest one: of formulas, and of the default, which
keeps three to four digits where a law has a kink."""

STENCILS = (
    ((-1, -0.5), (1, 0.5)),
    ((0, -1.5), (1, 2.0), (2, -0.5)),
    ((0, 1.5), (-1, -2.0), (-2, 0.5)),
)
"""Multiples of a step and weights of second-order derivatives: central, forward, backward."""


def check_slope(device: Device) -> None:
    """The slope is the derivative of the current; Newton's method goes nowhere with another.

    Raises:
        AssertionError: Quotes slope and derivative.
    """
    step = 1e-6
    above, below = (ask(device, "current", device.drops + sign * step) for sign in (1, -1))
    numeric = (above - below) / (2 * step)
    noise = 2 * EPSILON * (np.abs(above) + np.abs(below)) / step
    slope = ask(device, "slope", device.drops)
    agree("slope", "the derivative of current", slope, numeric, device.drops, noise=noise)


def check_co_content(device: Device) -> None:
    """The co-content is the integral of the current from 0: the energy belongs to the law.

    Raises:
        AssertionError: Quotes co-content and integral.
    """
    low, high = float(device.drops.min()), float(device.drops.max())
    start = min(max(0.0, low), high)
    is_default = type(device.law).co_content is Law.co_content
    tolerance = NUMERICAL if is_default else EXACT
    largest = max(_compare(device, start, end, tolerance) for end in (low, high) if end != start)
    at_zero = float(ask(device, "co_content", np.zeros(1))[0])
    assert abs(at_zero) <= 1e-9 * largest, f"co_content(0) is {at_zero:g} W; it must be 0"


def _compare(device: Device, start: float, end: float, tolerance: float) -> float:
    """Compare on the way from one drop to another, and return the largest integral, W."""
    drops = np.linspace(start, end, 2 * PARTS + 1)
    current = ask(device, "current", drops)
    parts = (current[:-2:2] + 4 * current[1::2] + current[2::2]) / 6 * (end - start) / PARTS
    expected = np.cumsum(parts)[EVERY - 1 :: EVERY]
    places = drops[2 * EVERY :: 2 * EVERY]
    found = ask(device, "co_content", places)
    found = found - ask(device, "co_content", np.array([start]))
    largest = float(np.abs(expected).max())
    error = np.abs(found - expected)
    error = np.where(np.isfinite(error), error, np.inf)
    worst = int(np.argmax(error))
    assert error[worst] <= tolerance * largest, (
        f"co_content rises by {found[worst]:g} W and the integral of current is "
        f"{expected[worst]:g} W from a drop of {start:g} V to {places[worst]:g} V"
    )
    return largest


def check_small_changes(device: Device) -> None:
    """A nudge moves nodes by femtovolts; plain differences of currents would be noise.

    Raises:
        AssertionError: Quotes what is lost.
    """
    drops = device.drops
    change = np.full_like(drops, 1e-12)
    found = ask(device, "current_change", drops, change) / change
    slope = ask(device, "slope", drops)
    noise = 1e-9 * np.abs(slope)
    agree("current_change/change", "slope", found, slope, drops, noise=noise)


def check_large_changes(device: Device) -> None:
    """Large changes of the drop count in full.

    Raises:
        AssertionError: Quotes both differences.
    """
    drops = device.drops
    change = np.full_like(drops, 0.05)
    difference = ask(device, "current", drops + change) - ask(device, "current", drops)
    found = ask(device, "current_change", drops, change)
    agree("current_change", "the difference", found, difference, drops)


def check_sensitivities(device: Device) -> None:
    """The sensitivity to a value is the derivative of the current by it.

    Raises:
        AssertionError: Names the value, and quotes both.
    """
    law = type(device.law)
    is_default = law.contrast is Law.contrast and law.sensitivity is Law.sensitivity
    for quantity in device.law.values:
        name, value = quantity.name, device.numbers[quantity.name]
        ask(device, "contrast", device.drops, np.full_like(device.drops, 0.01), name=name)
        step = 1e-5 * extent(device, quantity)
        for stencil in STENCILS[:1] if is_default else STENCILS:  # the default goes both ways
            if not allowed(quantity, *(value + multiple * step for multiple, _ in stencil)):
                continue
            numeric, noise = _derivative(device, name, step, stencil)
            found = ask(device, "sensitivity", device.drops, name=name)
            what = f"the sensitivity to {name}"
            agree(what, "the derivative of current", found, numeric, device.drops, noise=noise)
            break


def _derivative(
    device: Device, name: str, step: float, stencil: tuple[tuple[float, float], ...]
) -> tuple[Array, Array]:
    """Return the derivative of the current by a value, and what rounding leaves of it."""
    total, size = np.zeros_like(device.drops), np.zeros_like(device.drops)
    for multiple, weight in stencil:
        values = {**device.values, name: device.numbers[name] + multiple * step}
        current = ask(device, "current", device.drops, values=values)
        total += weight * current
        size += abs(weight) * np.abs(current)
    return total / step, 4 * EPSILON * size / step


def extent(device: Device, quantity: Quantity) -> float:
    """Return the size of a value; of one that is zero, what changes the current by its size."""
    value = device.numbers[quantity.name]
    size = abs(value) or 1.0
    if value == 0:
        current = ask(device, "current", device.drops)
        for _ in range(30):
            values = {**device.values, quantity.name: value + 1e-4 * size}
            moved = ask(device, "current", device.drops, values=values) - current
            if np.abs(moved).max() <= 1e-4 * np.abs(current).max():
                break
            size /= 10
    return size


def check_values_matter(device: Device) -> None:
    """The current depends on every value, unless the law stores energy: some may count for that.

    Raises:
        AssertionError: Names the value.
    """
    stores: str = getattr(device.law, "stores", "")
    if stores:
        return
    drops = device.grid(reach=5.0)
    current = ask(device, "current", drops)
    for quantity in device.law.values:
        value = changed(quantity, device.numbers[quantity.name])
        if value == device.numbers[quantity.name]:
            continue
        moved = ask(device, "current", drops, values={**device.values, quantity.name: value})
        assert (np.abs(moved - current) > 1e-12 * np.abs(current)).any(), (
            f"the current does not depend on {quantity.name}; drop it from values or use it"
        )
