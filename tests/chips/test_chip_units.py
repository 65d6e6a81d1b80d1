"""Units in chip files that were written by hand: one for all numbers of a parameter."""

from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
import pytest

from ebana_core.chips import Chip, Twin
from ebana_core.errors import DataError, FormatError, ParameterError

NAME = "net.vto_offset"


def text(value: str) -> np.bytes_:
    return np.bytes_(value)


def hand_written(
    path: Path,
    units: Mapping[str, str],
    kind: str = "values",
    write: Callable[[str], object] = text,
) -> Path:
    """Write a chip file as a program without EBANA does, with a unit for each circuit."""
    with h5py.File(path, "w", libver=("v110", "v110")) as file:

        def group(place: str, kind: str) -> None:
            own = file.require_group(place)
            own.attrs["type"], own.attrs["version"] = np.bytes_(kind), 1

        group("/", "ebana-chip")
        group("chips", "ebana-chips")
        for circuit, unit in units.items():
            group(f"chips/{circuit}", "ebana-deviations")
            for each in ("values", "offsets", "factors"):
                group(f"chips/{circuit}/{each}", "ebana-parameters")
            numbers = [0.01, -0.02, 0.005]
            place = f"chips/{circuit}/{kind}/{NAME}"
            dataset = file.create_dataset(place, data=numbers, chunks=(3,), fletcher32=True)
            dataset.attrs["unit"] = write(unit)
            dataset.attrs["dims"] = [np.bytes_("transistor")]
    return path


def test_a_file_that_another_program_wrote_is_read(tmp_path: Path) -> None:
    found = Twin.load(hand_written(tmp_path / "twin.h5", {"free": "V", "clamped": "V"}))
    assert found.clamped.values[NAME].tolist() == [0.01, -0.02, 0.005]


# Either order: the unit that is read last was once taken for all.
@pytest.mark.parametrize("units", [("mV", "V"), ("V", "mV")])
def test_circuits_in_two_units_are_refused(units: tuple[str, str], tmp_path: Path) -> None:
    of_circuits = dict(zip(("free", "clamped"), units, strict=True))
    words = f"{NAME}.* in m?V and in m?V"
    with pytest.raises(DataError, match=words):
        Twin.load(hand_written(tmp_path / "twin.h5", of_circuits))
    titles = [f"{circuit} {NAME} offset ({unit})" for circuit, unit in of_circuits.items()]
    (tmp_path / "twin.csv").write_text(",".join(["device", *titles]) + "\n0,10,0.01\n")
    with pytest.raises(DataError, match=words):
        Twin.load_csv(tmp_path / "twin.csv")


@pytest.mark.parametrize("units", [("mV", "V"), ("V", "mV")])
def test_chips_in_two_units_are_no_twins(units: tuple[str, str]) -> None:
    chips = [Chip(offsets={NAME: 0.01}, units={NAME: unit}) for unit in units]
    with pytest.raises(ParameterError, match=f"free chip .* in {units[0]}, .* one in {units[1]}"):
        Twin(*chips)
    volts = next(chip for chip in chips if chip.units[NAME] == "V")
    for silent in (Chip(offsets={NAME: 0.01}), None):  # who says no unit means the SI's
        assert Twin(silent, volts).units == Twin(volts, silent).units == {NAME: "V"}


def test_factors_in_percent_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"factors.*'%'"):
        Chip.load(hand_written(tmp_path / "chip.h5", {"chip": "%"}, "factors"))
    (tmp_path / "chip.csv").write_text("device,d.conductance factor (%)\n0,98.5\n")
    with pytest.raises(DataError, match=r"factors.*'%'"):
        Chip.load_csv(tmp_path / "chip.csv")
    (tmp_path / "chip.csv").write_text("device,d.conductance factor (1)\n0,0.985\n")
    assert Chip.load_csv(tmp_path / "chip.csv").factors["d.conductance"].tolist() == [0.985]


def test_a_text_of_variable_length_is_named_with_its_cure(tmp_path: Path) -> None:
    path = hand_written(tmp_path / "chip.h5", {"chip": "V"}, write=str)
    with pytest.raises(FormatError, match="attribute unit='V'") as caught:
        Chip.load(path)
    assert "numpy.bytes_('V')" in caught.value.fix
