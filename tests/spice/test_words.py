"""Words as ngspice reads them."""

import pytest

from ebana_core.errors import CircuitError
from ebana_core.spice.words import read_number, safe_names


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("10kOhm", 1e4),
        ("1meg", 1e6),
        ("2.5MEGohm", 2.5e6),
        ("3m", 3e-3),
        ("1e-3V", 1e-3),
        ("-4.7u", -4.7e-6),
        (".5", 0.5),
        ("5V", 5.0),
        ("1mil", 25.4e-6),
        ("7pF", 7e-12),
        ("1E3", 1e3),
        ("0.1A", 0.1),  # ngspice knows no atto
        ("1a", 1.0),
        ("1uA", 1e-6),
        ("1\u00b5", 1e-6),
        ("1\u03bcA", 1e-6),
        ("10kΩ", 1e4),
        ("2n4", 2e-9),  # digits behind a suffix count for nothing, as in ngspice 39
        ("1m0", 1e-3),
        ("1k5", 1e3),
        ("5x1%", 5.0),
        ("1.5D3", 1500.0),
        ("1d", 1.0),
        ("2.4n", 2.4e-9),
    ],
)
def test_numbers_have_their_suffixes(word: str, value: float) -> None:
    # The decimal text decides, to the last digit; only a mil is rounded once more.
    assert read_number(word, "here") == pytest.approx(
        value, rel=1e-15 if "mil" in word else 0, abs=0
    )


@pytest.mark.parametrize(
    "word",
    [
        "",
        "abc",
        "{r}",
        "1e400",
        "--1",
        "nan",
        "inf",
        "1.2.3",
        "1.05-3",
        "1_2",
        "1e99999999999",
        "1d+3",
    ],
)
def test_what_is_no_number_is_refused(word: str) -> None:
    with pytest.raises(CircuitError, match="here"):
        read_number(word, "here")


def test_safe_names_are_never_alike() -> None:
    names = ["q", "q+", "q-", "q_2", "x1:mid", "x1_mid", "q__2"]
    safe = safe_names(names)
    assert list(safe) == names
    assert len(set(safe.values())) == len(names)
    assert safe["x1:mid"] == "x1_mid"
    assert all("__" not in name and name.isidentifier() for name in safe.values())
