"""Settings of sources and amplifiers that no hardware has are refused by name."""

from typing import Any

import numpy as np
import pytest

from ebana_core.errors import ParameterError, ShapeError
from tests.support.periphery import network

BAD_SOURCES = [
    *({"source_resistance": bad} for bad in (-1.0, "a", None, float("nan"), 1e-320, np.inf, True)),
    *({"dac_bits": bad} for bad in (0, 2.5, True, 3.0, "8", 25)),
    *({"dac_range": bad, "dac_bits": 8} for bad in (5, (1,), ("a", "b"), (1.0, 1.0), "ab", (1, 0))),
    {"dac_range": (-1e308, 1e308), "dac_bits": 8},
    {"dac_range": (0.0, 1.0)},
]
BAD_AMPLIFIERS = [
    *({"saturation": bad} for bad in (5, (1,), ("a", 2), (1.0, 0.0), (0.0, float("nan")))),
    *({"input_resistance": bad} for bad in ("x", 0.0, -1.0, 1e-320, np.inf)),
    *({"output_resistance": bad, "saturation": (-1, 1)} for bad in ("x", 0.0, np.inf)),
    {"output_resistance": 10.0},
    *({"offset": bad} for bad in ("x", float("nan"))),
]


@pytest.mark.parametrize("bad", BAD_SOURCES, ids=str)
def test_bad_sources_are_named(bad: dict[str, Any]) -> None:
    setting, value = next(iter(bad.items()))
    with pytest.raises(ParameterError, match=f"'x' has {setting}=") as caught:
        network(bad)
    assert repr(value) in caught.value.problem
    with pytest.raises(ParameterError, match=f"'b' has {setting}="):
        network(bias={"units": 2, "bias_voltage": 0.1, **bad})


@pytest.mark.parametrize("bad", BAD_AMPLIFIERS, ids=str)
def test_bad_amplifiers_are_named(bad: dict[str, Any]) -> None:
    setting, value = next(iter(bad.items()))
    with pytest.raises(ParameterError, match=rf"amp\W+(has )?{setting}( is |=)") as caught:
        network(amplifier=bad)
    assert repr(value) in caught.value.problem


def test_settings_without_their_partner_say_which_it_is() -> None:
    with pytest.raises(ParameterError, match="no dac_bits") as caught:
        network({"dac_range": (0.0, 1.0)})
    assert caught.value.fix == "give dac_bits, too, or leave dac_range out"
    with pytest.raises(ParameterError, match="and no saturation"):
        network({}, {"output_resistance": 10.0})
    with pytest.raises(ParameterError, match="no local rule"):
        network({}, {"saturation": (-1, 1), "trainable": "gain"})


def test_offsets_of_another_number_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"amp.offset has shape \(2,\)"):
        network({}, {"offset": [0.1, 0.2]})
    with pytest.raises(ParameterError, match="inhomogeneous"):
        network({}, {"offset": [[0.1], [0.2, 0.3]]})
