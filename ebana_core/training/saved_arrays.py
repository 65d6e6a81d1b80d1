"""Arrays that a run saves, by the policies of its metrics: topics, epochs, shapes."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit.elements import (
    Amplifiers,
    Element,
    ElementArray,
    TerminalDevices,
    VoltageSources,
)
from ebana_core.errors import UnknownNameError
from ebana_core.metrics import Metrics, Policy, is_due
from ebana_core.storage.datasets import axes
from ebana_core.storage.layout import POINTS, POINTS_LAST, PROGRAMMING, SECOND_VALUES, UPDATES
from ebana_core.storage.record import SavedArray
from ebana_core.training.task import Task

SOLVED = ("voltages", "power", "currents")
"""Topics that follow from solved points, which are stored beside them."""
OF_PARAMETERS = ("parameters", UPDATES)
"""Topics that no phase is needed for."""


def stores(metrics: Metrics) -> dict[str, tuple[Policy, ...]]:
    """Return the topics of solved points that a run keeps, and the policies that each serves.

    One grows with the epochs, the other holds the last one; a single topic cannot do both where
    powers, say, are saved every tenth epoch and voltages of the last, whichever that will be.
    """
    policies = [metrics.policies[topic] for topic in SOLVED if metrics.policies[topic] is not None]
    growing = tuple(policy for policy in policies if policy != "last")
    found: dict[str, tuple[Policy, ...]] = {POINTS: growing} if growing else {}
    if "last" in policies and "every" not in growing:
        found[POINTS_LAST] = ("last",)
    return found


def due_topics(metrics: Metrics, epoch: int, n_epochs: int) -> list[str]:
    """Return the topics that an epoch saves."""
    due = [t for t, policy in metrics.policies.items() if is_due(policy, epoch, n_epochs)]
    if metrics.save_parameters == "last":
        due.remove("parameters")  # the latest are always kept
    return due + [
        store
        for store, policies in stores(metrics).items()
        if any(is_due(policy, epoch, n_epochs) for policy in policies)
    ]


def recorded_rows(task: Task) -> IntArray:
    """Return the rows of the data set whose phases are saved, ascending."""
    samples = task.metrics.samples
    return np.arange(task.samples.n_samples) if samples is None else np.array(samples, np.intp)


def n_stored_batches(task: Task) -> int:
    """Return how many batches of an epoch hold recorded samples, at most."""
    return min(task.batches.n_batches, len(recorded_rows(task)))


def stored_nodes(task: Task, store: str) -> IntArray:
    """Return the nodes whose voltages a store holds itself: those not beside it in `/phases`."""
    circuit, voltages = task.network.compiled.circuit, task.metrics.save_output_voltages
    everywhere = np.arange(1, circuit.n_nodes)  # ground is 0 V
    is_beside = voltages == "last" if store == POINTS_LAST else _is_beside(task.metrics)
    return np.setdiff1d(everywhere, circuit.visible_nodes) if is_beside else everywhere


def _is_beside(metrics: Metrics) -> bool:
    voltages = metrics.save_output_voltages
    return voltages == "every" or all(policy == voltages for policy in stores(metrics)[POINTS])


def saved_arrays(task: Task) -> list[SavedArray]:
    """Return what the policies will save.

    Raises:
        UnknownNameError: Currents are wanted of a layer that the model lacks.
    """
    metrics = task.metrics
    found = []
    if metrics.save_parameters not in (None, "last"):
        found += _of_parameters(task, "parameters", "parameters", ())
    sizes = _sizes(task)
    if metrics.save_batch_parameters is not None:
        found += _of_updates(task)
    for topic, policy in metrics.policies.items():
        if policy is not None and topic not in OF_PARAMETERS:
            found += _of_phases(task, topic, "phases", sizes[topic], is_last=policy == "last")
    for store in stores(metrics):
        found += _of_store(task, store, sizes["injected"])
    return found + _of_programming(task)


def _of_updates(task: Task) -> list[SavedArray]:
    """Return what is saved after every update."""
    is_last = task.metrics.save_batch_parameters == "last"
    own = _of_parameters(task, UPDATES, UPDATES, (("update", task.batches.n_batches),))
    return [attrs.evolve(array, is_last_only=is_last) for array in own]


def _of_programming(task: Task) -> list[SavedArray]:
    """Return what layers record of every update, whatever the policies."""
    parameters = task.values.parameters
    return [
        SavedArray(
            topic=PROGRAMMING,
            place=f"{PROGRAMMING}/{layer.parameter(item.name)}",
            shape=(task.batches.n_batches, *parameters[layer.parameter(like)].shape),
            unit=item.unit,
            dims=("update", *axes(layer.parameter(like), parameters[layer.parameter(like)].ndim)),
        )
        for layer in task.network.layers.values()
        for item, like in layer.records
    ]


def _of_parameters(
    task: Task, topic: str, folder: str, rows: tuple[tuple[str, int], ...]
) -> list[SavedArray]:
    """Return an array per parameter, with leading dimensions of the given names and lengths."""
    parameters = task.values.parameters
    units = {name: parameters.unit(name) for name in parameters}
    shapes = {name: values.shape for name, values in parameters.items()}
    # Where devices that share values differ, what each of them has in a phase.
    if topic not in ("parameters", UPDATES):
        for name, parameter in task.hardware.single_devices.items():
            units[name] = parameter.declaration.quantity.unit
            shapes[name] = parameter.declaration.device_shape
    return [
        SavedArray(
            topic=topic,
            place=f"{folder}/{name}",
            shape=(*(n for _, n in rows), *shape),
            unit=units[name],
            dims=(*(dim for dim, _ in rows), *axes(name, len(shape))),
            is_last_only=topic == POINTS_LAST,
        )
        for name, shape in shapes.items()
    ]


_Sizes = Mapping[str, tuple[int, str, str]]
"""Place to the size, unit and dimension of what is saved of a sample."""


def _of_phases(
    task: Task, topic: str, folder: str, sizes: _Sizes, *, is_last: bool
) -> list[SavedArray]:
    n_samples = len(recorded_rows(task))
    return [
        SavedArray(
            topic=topic,
            place=f"{folder}/{phase}/{place}",
            shape=(n_samples, size),
            unit=unit,
            dims=("sample", dim),
            is_last_only=is_last,
        )
        for phase in task.rule.phase_names
        for place, (size, unit, dim) in sizes.items()
        if not (place.startswith("injected/") and phase == "free")
    ]


def _of_store(task: Task, store: str, injected: _Sizes) -> list[SavedArray]:
    n_batches, is_last = n_stored_batches(task), store == POINTS_LAST
    nodes = len(stored_nodes(task, store))
    sizes = {"voltages": (nodes, "V", f"{store}_node")} if nodes else {}
    counted = [
        SavedArray(
            topic=store,
            place=f"{store}/{name}",
            shape=(n,),
            unit="1",
            dims=(dim,),
            is_last_only=is_last,
        )
        for name, n, dim in (
            ("row", len(recorded_rows(task)), "sample"),
            ("number", n_batches, "batch"),
        )
    ]
    return [
        *counted,
        *_of_parameters(task, store, f"{store}/values", (("batch", n_batches),)),
        *_of_second_values(task, store, n_batches),
        *_of_phases(task, store, store, {**sizes, **injected}, is_last=is_last),
    ]


def _of_second_values(task: Task, store: str, n_batches: int) -> list[SavedArray]:
    """Return the values of the circuit of displaced phases, where it is another one."""
    if not task.hardware.has_twins:
        return []
    return _of_parameters(task, store, f"{store}/{SECOND_VALUES}", (("batch", n_batches),))


def _sizes(task: Task) -> dict[str, _Sizes]:
    """Return topic to what is saved of a sample."""
    circuit, layers = task.network.compiled.circuit, task.network.layers
    chosen = task.metrics.current_layers
    for name in chosen or ():
        if name not in layers:
            raise UnknownNameError(
                f"Metrics has current_layers with {name!r}; the layers are {list(layers)}.",
                "name layers of the model",
            )
    currents = {}
    for element in circuit.elements:
        size = _n_currents(element)
        if size and element.layer in (layers if chosen is None else chosen):
            currents[f"currents/{element.name}"] = (size, "A", f"{element.name}_branch")
    return {
        "voltages": {"voltages": (len(circuit.visible_nodes), "V", "node")},
        "power": {"power": (len(layers), "W", "layer")},
        "injected": {
            f"injected/{output.name}": (len(output.heads), "A", f"{output.name}_prediction")
            for output in circuit.injections
        },
        "currents": currents,
    }


def _n_currents(element: Element) -> int:
    """Return how many currents `OperatingPoints.currents` tells of an element."""
    if isinstance(element, ElementArray):
        return element.topology.size
    if isinstance(element, TerminalDevices):
        return len(element.nodes) * element.law.n_outer
    if isinstance(element, VoltageSources):
        return len(element.heads)
    return len(element.outputs) if isinstance(element, Amplifiers) else 0
