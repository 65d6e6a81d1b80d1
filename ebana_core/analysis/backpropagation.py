"""Vector-Jacobian products: how a function of the predictions follows values and inputs."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.checking import shown
from ebana_core.circuit.elements import Input
from ebana_core.errors import ParameterError, UnknownNameError, UnsupportedError
from ebana_core.execution.shards import one_blas_thread, rows, shards
from ebana_core.execution.simulated import SimulatedNetwork
from ebana_core.network.checks import checked_at_outputs
from ebana_core.rules.backpropagation import AdjointSums
from ebana_core.rules.lost_digits import is_rounded


class Backpropagated(NamedTuple):
    """Derivatives of a function g of the predictions.

    Args:
        parameters: Parameter name to the derivative, summed over samples; shape of the parameter,
            unit of g per unit of the parameter.
        inputs: Input layer to the derivative of every sample, ``(n_samples, units)``, unit of g
            per V.
    """

    parameters: dict[str, Array]
    inputs: dict[str, Array]


def vjp(
    simulated: SimulatedNetwork,
    points: OperatingPoints,
    output_gradients: Mapping[str, Any],
    *,
    parameters: Collection[str] | None = None,
    inputs: Collection[str] | None = None,
) -> Backpropagated:
    """Carry derivatives by the predictions back to parameters and inputs, by the adjoint.

    It is the step that links a circuit to whatever follows it, a program of PyTorch say: one
    transposed linear solve per sample, exact, whatever the circuit. The sums are those of the
    rule `Adjoint`. Where a piecewise-linear device stands at its kink, they are one-sided.

    Args:
        simulated: The network on simulators.
        points: Of `operating_points` of this model, free or nudged, in float64; derivatives are
            taken at the values and inputs that they were solved at. A nudge counts as constant.
        output_gradients: Output layer to dg/d(prediction), ``(n_samples, n_predictions)``, unit
            of g per V; outputs left out count as zero.
        parameters: Names of those to return; None: all that learning changes now.
        inputs: Names of the input layers to return; None: all.

    Returns:
        Derivatives by parameters, summed over samples, and by inputs, of each sample.

    Raises:
        ParameterError: `points` are not operating points of this model in float64.
        UnknownNameError: An output, parameter or input that the model lacks.
        DataError: A derivative is not finite or has another shape than the predictions.
        UnsupportedError: A device has no slopes here, a parameter no formula, or a converter
            rounds an input, which leaves it without a derivative; names it.
    """
    _check_points(simulated, points)
    gradients = checked_at_outputs(
        simulated.network, output_gradients, points.n_samples, "output_gradients", "derivatives"
    )
    for output in points.circuit.outputs:
        n = len(output.heads)
        gradients.setdefault(output.name, np.zeros((points.n_samples, n)))
    wanted = _names(parameters, simulated.values.declared, "parameters")
    wanted = simulated.values.trainable_parameters() if wanted is None else wanted
    from_inputs = _names(inputs, points.inputs, "inputs")
    from_inputs = tuple(points.inputs) if from_inputs is None else from_inputs
    _check_converters(points, from_inputs)
    sums = {name: np.zeros(points.parameters[name].shape) for name in wanted}
    by_input: dict[str, list[Array]] = {name: [] for name in from_inputs}
    with one_blas_thread():
        for part in shards(points.n_samples):
            own = points.subset(part) if points.n_samples > part.stop - part.start else points
            found = AdjointSums(own, rows(gradients, part), wanted, from_inputs)
            for name, total in found.result().items():
                sums[name] += total
            for name, each in found.of_inputs().items():
                by_input[name].append(each)
    return Backpropagated(sums, {name: np.concatenate(parts) for name, parts in by_input.items()})


def _check_points(simulated: SimulatedNetwork, points: object) -> None:
    fix = "give what operating_points of this model returned"
    if not isinstance(points, OperatingPoints):
        raise ParameterError(f"points is {shown(points)}.", fix)
    if points.compiled is not simulated.network.compiled:
        raise ParameterError("points are operating points of another circuit.", fix)
    if is_rounded(points.free_voltages):
        raise ParameterError(
            f"points are in {points.free_voltages.dtype}, whose rounding spoils derivatives.",
            "solve them in float64, the default of NativeBackend",
        )


def _names(
    given: Collection[str] | None, known: Collection[str], path: str
) -> tuple[str, ...] | None:
    """Return names that were chosen; None: none were."""
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Collection):
        raise ParameterError(f"{path} is {shown(given)}.", "give a list of names, or None")
    unknown = [name for name in given if not isinstance(name, str) or name not in known]
    if unknown:
        raise UnknownNameError(
            f"{path} names {unknown}; the model's are {sorted(known)}.", "use these names"
        )
    return tuple(dict.fromkeys(given))


def _check_converters(points: OperatingPoints, inputs: Collection[str]) -> None:
    """Refuse derivatives by inputs that converters round."""
    for source in points.circuit.voltage_sources:
        given = source.voltage
        if isinstance(given, Input) and given.name in inputs and given.converter is not None:
            raise UnsupportedError(
                f"Input {given.name!r} passes a converter (dac_bits), whose steps have no "
                "derivative.",
                "leave it out of inputs=[...], or build the layer without dac_bits",
            )
