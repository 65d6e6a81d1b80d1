"""The least arithmetic of a circuit is counted as docs/speed.md says."""

import pytest

from benchmarks.cases import CASES
from benchmarks.circuits import antiparallel, behavioral
from benchmarks.limits import crossbars, free_and_nudged, trained
from benchmarks.speed import arithmetic_seconds, share_of_limit


def test_crossbars_are_found_from_the_inputs_on() -> None:
    assert crossbars(behavioral(7, 5, 4)) == [(7, 5), (5, 4)]
    assert crossbars(antiparallel((6, 5, 3, 2), v_off=1.0)) == [(8, 5), (7, 3), (5, 2)]


def test_products_are_counted_by_hand() -> None:
    # 7 x 5 once: 70; 5 x 4 from two sides in each phase: 2 * 40 per phase.
    assert free_and_nudged([(7, 5), (5, 4)]) == 70 + 2 * 80
    assert free_and_nudged([(7, 5), (5, 4)], n_phases=1) == 70 + 80
    # Gradient: one outer product of the first, two of the second.
    assert trained([(7, 5), (5, 4)], n_phases=3) == (70 + 3 * 80) + 70 + 80


@pytest.mark.parametrize(
    ("row", "flops"),
    [
        ({"points_per_second": 1e3}, (2 * 10 * 10 + 2 * 4 * 10 * 6) / 2),
        ({"free_points_per_second": 1e3}, 2 * 10 * 10 + 4 * 10 * 6),
        ({"seconds_per_60000": 60.0}, 2 * (2 * 10 * 10) + 3 * 4 * 10 * 6),
    ],
)
def test_a_share_is_arithmetic_over_measured_time(row: dict[str, float], flops: float) -> None:
    name = "10-10-6 behavioural"
    assert CASES[name].variant == "positive"
    full = {"case": name, "backend": "native, compiled", **row}
    work = 60_000 if "seconds_per_60000" in row else 1
    assert arithmetic_seconds(full, gemm=1e6) == pytest.approx(work * flops / 1e6, rel=1e-12, abs=0)
    measured = row.get("seconds_per_60000", 1e-3)
    expected = work * flops / 1e6 / measured
    assert share_of_limit(full, gemm=1e6) == pytest.approx(expected, rel=1e-12, abs=0)
