"""The arrays of a run by name: values of devices, and what was measured at them."""

from typing import Any

from ebana_core.arrays import IntArray
from ebana_core.storage.phase import Phase, read_phase
from ebana_core.storage.recorded import Recorded
from ebana_core.storage.run_reader import RunReader


class RecordedArrays:
    """What a run file holds of a circuit after epochs and in phases, read on demand.

    Args:
        reader: Of the file.
    """

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader

    @property
    def places(self) -> list[str]:
        """Places of all recorded arrays, for `recorded`."""
        return self._reader.places

    def recorded(self, place: str) -> Recorded:
        """Return a recorded array, for example of ``"parameters/d1.conductance"``.

        Raises:
            UnknownNameError: The run did not record it; lists what it did.
        """
        return self._reader.recorded(place)

    @property
    def samples(self) -> IntArray | None:
        """Rows of the data set that phases are saved of; None: all."""
        return self._reader.samples

    @property
    def wiring(self) -> dict[str, Any]:
        """Nodes and elements of the circuit, as plain data; see FORMAT.md.

        Raises:
            UnknownNameError: The run recorded no phases, or is of version 1.
        """
        return self._reader.wiring

    def phase(self, name: str = "free", epoch: int | None = None) -> Phase:
        """Return a phase of a recorded epoch with the values that were in force.

        Args:
            name: Of the phase: ``"free"``, ``"nudged"``, ``"plus"``, ``"minus"``.
            epoch: One of those whose phases were recorded; None: the last.

        Raises:
            UnknownNameError: It was not recorded, or in version 1, which lacks the values.
        """
        return read_phase(self._reader, name, epoch)

    def voltages(self, phase: str = "free") -> Recorded:
        """Return the node voltages of a phase, ``(n_saved, n_samples, n_nodes)``, V."""
        return self.recorded(f"phases/{phase}/voltages")

    def power(self, phase: str = "free") -> Recorded:
        """Return the power that layers take up, ``(n_saved, n_samples, n_layers)``, W."""
        self._reader.warn_of_first_batch()
        return self.recorded(f"phases/{phase}/power")

    def currents(self, element: str, phase: str = "free") -> Recorded:
        """Return branch currents of an element, ``(n_saved, n_samples, n_branches)``, A."""
        self._reader.warn_of_first_batch()
        return self.recorded(f"phases/{phase}/currents/{element}")

    def injected(self, output: str, phase: str = "nudged") -> Recorded:
        """Return the nudge of an output, ``(n_saved, n_samples, n_predictions)``, A."""
        return self.recorded(f"phases/{phase}/injected/{output}")

    def parameter_history(self, name: str) -> Recorded:
        """Return a parameter after the saved epochs, ``(n_saved, *shape)``, SI unit."""
        return self.recorded(f"parameters/{name}")
