"""Chips: drawn, scaled, written and read, and refused where they belong to another network."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Model
from ebana_core.chips import Chip, Twin
from ebana_core.errors import (
    DataError,
    EbanaError,
    FormatError,
    ParameterError,
    ShapeError,
    StorageError,
    UnknownNameError,
)
from tests.support.twins import data, model

SPREADS = {"d1.conductance": 0.1, "amp.shift": 5e-3}


def same(first: Chip | Twin, second: Chip | Twin) -> bool:
    return repr(first) == repr(second)


def test_a_drawn_chip_has_factors_of_conductances_and_offsets_of_voltages() -> None:
    own = model(units=400)
    chip = Chip.drawn(own, {"d1.conductance": 0.05, "amp.shift": 3e-3}, seed=1)
    factors = chip.factors["d1.conductance"]
    assert factors.shape == own.parameters["d1.conductance"].shape
    # 2400 draws: the standard error of the mean is 0.001, that of the deviation 0.0007.
    assert abs(factors.mean() - 1) < 0.005
    assert abs(factors.std() - 0.05) < 0.0035
    assert chip.offsets["amp.shift"].shape == own.parameters["amp.shift"].shape
    assert chip.units == {"d1.conductance": "S", "amp.shift": "V"}


def test_seed_and_copy_tell_chips_apart() -> None:
    own = model()
    chips = [Chip.drawn(own, SPREADS, seed=s, copy=c) for s, c in ((1, 0), (1, 0), (2, 0), (1, 1))]
    texts = [repr(chip) for chip in chips]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3
    twin = Twin.drawn(own, SPREADS, seed=1)
    assert same(twin.free, chips[0])
    assert same(twin.clamped, chips[3])


def test_a_callable_says_what_the_devices_have() -> None:
    own = model()
    chip = Chip.drawn(own, {"d1.conductance": lambda values, rng: 2 * values}, seed=0)
    own_conductance = own.parameters["d1.conductance"]
    assert np.array_equal(chip.offsets["d1.conductance"], own_conductance)


def test_scaling_multiplies_offsets_and_raises_factors() -> None:
    chip = Chip(offsets={"amp.shift": [2e-3]}, factors={"d1.conductance": [0.5, 2.0]})
    larger = chip.scaled(3)
    assert np.allclose(larger.offsets["amp.shift"], [6e-3], rtol=1e-15, atol=0)
    assert np.allclose(larger.factors["d1.conductance"], [0.125, 8.0], rtol=1e-15, atol=0)
    assert same(chip.scaled(1), chip)
    # As drawn: the chip whose devices are the model's.
    own = model()
    drawing = Chip.drawn(own, SPREADS, seed=1).scaled(0)
    plain = own.predict(data())["out"]
    assert np.array_equal(own.predict(data(), chip=drawing)["out"], plain)


def test_a_chip_of_values_has_no_scale() -> None:
    with pytest.raises(ParameterError, match=r"amp\.shift"):
        Chip({"amp.shift": 1e-3}).scaled(2)


def test_repr_tells_sizes_spreads_units_and_a_checksum() -> None:
    text = repr(Chip.drawn(model(), SPREADS, seed=1))
    assert "d1.conductance: 24 factors" in text
    assert "V rms" in text
    assert "crc32" in text


@pytest.mark.parametrize("kind", ["csv", "hdf5"])
def test_chips_and_twins_survive_their_files(kind: str, tmp_path: Path) -> None:
    own = model()
    twin = Twin.drawn(own, SPREADS, seed=3)
    path = tmp_path / f"chip.{kind}"
    for thing in (twin.free, twin):
        if kind == "csv":
            thing.save_csv(path)
            found: Chip | Twin = type(thing).load_csv(path)
        else:
            thing.save(path)
            found = type(thing).load(path)
        assert same(thing, found)
        # A table has no shapes; the devices are the same.
        expected = own.predict(data(), chip=thing)["out"]
        assert np.array_equal(own.predict(data(), chip=found)["out"], expected)


def test_a_table_has_a_row_per_device_and_a_column_per_parameter(tmp_path: Path) -> None:
    chip = Chip(
        offsets={"net.vto_offset": [0.25, -0.5, 0.125]},
        factors={"net.kp_factor": [1.5, 0.75]},
        units={"net.vto_offset": "V"},
    )
    chip.save_csv(tmp_path / "chip.csv")
    assert (tmp_path / "chip.csv").read_text().splitlines() == [
        "device,net.vto_offset offset (V),net.kp_factor factor",
        "0,0.25,1.5",
        "1,-0.5,0.75",
        "2,0.125,",
    ]


def test_hdf5_chips_tell_units(tmp_path: Path) -> None:
    Twin.drawn(model(), SPREADS, seed=1).save(tmp_path / "twin.h5")
    with h5py.File(tmp_path / "twin.h5") as file:
        assert file.attrs["type"] == b"ebana-chip"
        assert file["chips/free/offsets/amp.shift"].attrs["unit"] == b"V"
        assert file["chips/clamped/factors/d1.conductance"].attrs["unit"] == b"1"


def test_one_number_stands_for_all_devices() -> None:
    own = model()
    doubled = model()
    doubled.parameters["d1.conductance"] = 2 * own.parameters["d1.conductance"]
    found = own.predict(data(), chip=Chip(factors={"d1.conductance": 2.0}))["out"]
    assert np.array_equal(found, doubled.predict(data())["out"])


def test_values_of_untrained_parameters_replace_those_of_the_model() -> None:
    own, other = model(), model()
    other.parameters["amp.shift"] = 0.03
    found = own.predict(data(), chip=Chip({"amp.shift": 0.03}))["out"]
    assert np.array_equal(found, other.predict(data())["out"])


BAD: list[tuple[Mapping[str, Any], type[EbanaError], str]] = [
    ({"factors": {"d1.conductance": np.ones(23)}}, ShapeError, "24 devices"),
    ({"factors": {"d1.conductance": np.ones((4, 6))}}, ShapeError, "24 devices"),
    ({"factors": {"d9.conductance": 1.1}}, UnknownNameError, "d9.conductance"),
    ({"values": {"d1.conductance": 1e-6}}, ParameterError, "which learning changes"),
    ({"offsets": {"amp.shift": 5.0}, "units": {"amp.shift": "mV"}}, ParameterError, "in mV"),
    ({"offsets": {"d1.conductance": -1.0}}, ParameterError, "d1.conductance of the chip"),
]


@pytest.mark.parametrize(("settings", "kind", "words"), BAD)
def test_a_chip_of_another_network_is_refused(
    settings: Mapping[str, Any], kind: type[EbanaError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        model().predict(data(), chip=Chip(**settings))


WRONG: list[tuple[Callable[[], object], type[EbanaError], str]] = [
    (lambda: Chip(factors={"a.b": [1.0, np.nan]}), DataError, r"a\.b\[1\] is nan"),
    (lambda: Chip(factors={"a.b": [0.0]}), DataError, "above zero"),
    (lambda: Chip(offsets={"a.b": []}), DataError, "'a.b' holds no number"),
    (lambda: Chip(offsets={"a.b": ["x"]}), DataError, "not an array of numbers"),
    (lambda: Chip({"a.b": 1.0}, offsets={"a.b": 1.0}), ParameterError, "twice"),
    (lambda: Chip("chip.csv"), ParameterError, "'chip.csv'"),
    (lambda: Chip(offsets={"a.b": 1.0}, units="V"), ParameterError, "units is 'V'"),
    (lambda: Chip(offsets={"a.b": 1.0}, units={"a.b": 1}), ParameterError, r"units\['a.b'\]=1"),
    (lambda: Chip.of({"value": {}, "offset": 5, "factor": {}}, {}), ParameterError, "are 5"),
    (lambda: Chip().scaled(-1), ParameterError, "is -1"),
    (lambda: Chip(factors={"a.b": 2.0}).scaled(1e4), DataError, "factor of a.b is inf"),
    (lambda: Twin(clamped=3), ParameterError, "=3"),
    (lambda: Chip.drawn(model(), {"d9.g": 1.0}, seed=0), UnknownNameError, "'d9.g'"),
    (lambda: Chip.drawn(model(), {"amp.shift": -1.0}, seed=0), ParameterError, "is -1.0"),
    (lambda: model().predict(data(), chip="chip.csv"), ParameterError, "chip is 'chip.csv'"),
]


@pytest.mark.parametrize(("make", "kind", "words"), WRONG)
def test_what_is_no_chip_is_refused(
    make: Callable[[], object], kind: type[EbanaError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        make()


TABLES = [
    ("device,net.vto\n0,1\n", "column 'net.vto'"),
    ("device,net.vto offset\n0,1\n1,nan\n", "'nan'.*device 1"),
    ("device,net.vto offset\n0,1\n1,\n2,3\n", "''.*device 1"),
    ("device,net.vto offset\n1,1\n", "device '1' in row 0"),
    ("device,net.vto offset\n", "holds no number"),
    ("device,net.vto offset,net.vto factor\n0,1,1\n", "twice"),
    ("device;net.vto offset\n0;1\n", "commas instead of ';'"),
    ("", "no columns"),
]


@pytest.mark.parametrize(("text", "words"), TABLES)
def test_a_table_that_is_none_of_a_chip_is_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "chip.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        Chip.load_csv(path)


def test_files_of_one_chip_and_of_twins_are_told_apart(tmp_path: Path) -> None:
    twin = Twin.drawn(model(), SPREADS, seed=1)
    twin.save(tmp_path / "twin.h5")
    twin.free.save(tmp_path / "chip.h5")
    with pytest.raises(FormatError, match="twins"):
        Chip.load(tmp_path / "twin.h5")
    with pytest.raises(FormatError, match="one chip"):
        Twin.load(tmp_path / "chip.h5")
    Model.save(model(), tmp_path / "model.h5")
    with pytest.raises(FormatError, match="ebana-model"):
        Chip.load(tmp_path / "model.h5")
    with pytest.raises(StorageError):
        Chip.load(tmp_path / "none.h5")
