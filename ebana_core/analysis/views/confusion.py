"""Which class a network takes for which."""

from ebana_core.errors import DataError
from ebana_core.execution.simulated import BackendChoice, Given, SimulatedNetwork
from ebana_core.metrics import ConfusionMatrix, confusion_matrix
from ebana_core.network.loaders import as_dataset
from ebana_core.network.targets import classes_of


def confusion(
    simulated: SimulatedNetwork,
    dataset: Given,
    backend: BackendChoice = "native",
    *,
    output: str | None = None,
) -> ConfusionMatrix:
    """Return which class is taken for which; it prints as a table and plots as a map.

    Args:
        simulated: The network on simulators.
        dataset: Inputs and targets; see `evaluate`.
        backend: See `operating_points`.
        output: Name of the output layer; None: the only one. Its `classes` name the classes.

    Raises:
        DataError: There are several outputs and none is named, the data set lacks its targets, or
            those of a single prediction are not between 0 and 1, which 0.5 V parts.
    """
    data = as_dataset(simulated.network, dataset, "The data set")
    targets = data.outputs or {}
    names = [item.name for item in simulated.network.compiled.circuit.outputs]
    own = names[0] if output is None and len(names) == 1 else output
    if not isinstance(own, str) or own not in names or own not in targets:
        raise DataError(
            f"output is {output!r}; the outputs are {names}, and the data set has targets of "
            f"{sorted(targets)}.",
            "name an output, and give targets for it",
        )
    predictions = simulated.predict(dict(data.inputs), backend)[own]
    labels = classes_of(simulated.network, own) or None
    return confusion_matrix(predictions, targets[own], labels)
