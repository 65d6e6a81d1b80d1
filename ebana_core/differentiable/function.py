"""A circuit between arrays: input columns to output columns, and derivatives back."""

from collections.abc import Collection, Mapping
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import Backend, OperatingPoints
from ebana_core.checking import check_truth
from ebana_core.differentiable.bounds import Bounds
from ebana_core.differentiable.carried import CarriedModel
from ebana_core.errors import ModelError, ShapeError
from ebana_core.layers import InputVoltageLayer
from ebana_core.model import Model
from ebana_core.objects import checked_instance


@final
class CircuitFunction:
    """A model of its own, whose inputs and predictions are columns of arrays.

    Args:
        model: The network; it is copied, with its values.
        differential: It has two input layers, of which the second gets the negative voltages of
            the first.
        backend: ``"native"``, ``"ngspice"`` or a `Backend`, in float64.

    Raises:
        ModelError: `differential`, and it has not two input layers of one width.
        ParameterError: Not a `Model`.

    Attributes:
        model: The copy.
        bounds: Those of every trainable parameter, in the model's order.
        in_features: Columns of inputs: of all input layers in the model's order.
        out_features: Columns of outputs: the predictions of all outputs in the model's order.
    """

    def __init__(self, model: Model, *, differential: bool, backend: str | Backend) -> None:
        checked_instance(model, Model, "model", "give an ebana_core.Model")
        check_truth(differential, "differential")
        model.simulator(backend)  # what it cannot solve is told here
        self.backend, self.is_differential = backend, bool(differential)
        self._inputs = _input_widths(model, differential)
        self._outputs = {o.name: len(o.heads) for o in model.network.compiled.circuit.outputs}
        widths = list(self._inputs.values())
        self.in_features = widths[0] if differential else sum(widths)
        self.out_features = sum(self._outputs.values())
        declared, values = model.declared, model.parameters
        names = model.trainable_parameters()
        self.bounds = tuple(Bounds.of(declared[name], values[name]) for name in names)
        # What others do with their model would change what is solved here.
        self.model = CarriedModel.of(model).model()

    def check_columns(self, shape: tuple[int, ...]) -> None:
        """Refuse inputs of another number of columns.

        Raises:
            ShapeError: So it is.
        """
        if len(shape) < 1 or shape[-1] != self.in_features:
            raise ShapeError(
                f"x has shape {tuple(shape)}; the circuit takes {self.in_features} voltages.",
                f"give an array of shape (..., {self.in_features})",
            )

    def points(self, volts: Array, values: Mapping[str, Array]) -> OperatingPoints:
        """Return the operating points at input voltages, ``(n_samples, in_features)``, V.

        Args:
            volts: The voltages.
            values: Trainable parameter to its values, in SI units.
        """
        columns = np.concatenate([volts, -volts], axis=1) if self.is_differential else volts
        return self.model.operating_points(
            _dealt(columns, self._inputs), self.backend, values=values
        )

    def outputs(self, points: OperatingPoints) -> Array:
        """Return predictions in columns, ``(n_samples, out_features)``, V."""
        found = points.predictions()
        return np.concatenate([found[name] for name in self._outputs], axis=1)

    def derivatives(
        self,
        points: OperatingPoints,
        gradient: Array,
        *,
        parameters: Collection[str],
        of_inputs: bool = True,
    ) -> tuple[Array | None, Mapping[str, Array]]:
        """Carry derivatives by the outputs back to the inputs and to parameters.

        Args:
            points: Of `points`.
            gradient: dg/d(output) of some number g. Shape ``(n_samples, out_features)``.
            parameters: Names of those to derive by.
            of_inputs: Whether to derive by inputs.

        Returns:
            dg/d(input), ``(n_samples, in_features)``, or None; and parameter name to dg/d(value).
        """
        found = self.model.vjp(
            points,
            _dealt(gradient, self._outputs),
            parameters=parameters,
            inputs=list(self._inputs) if of_inputs else [],
        )
        if not of_inputs:
            return None, found.parameters
        columns = np.concatenate([found.inputs[name] for name in self._inputs], axis=1)
        if self.is_differential:
            first, second = np.split(columns, 2, axis=1)
            columns = first - second
        return columns, found.parameters

    def __repr__(self) -> str:
        differential = ", differential=True" if self.is_differential else ""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}{differential}, "
            f"backend={self.backend!r}"
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "model": CarriedModel.of(self.model)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, model=state["model"].model())


def _dealt(columns: Array, widths: Mapping[str, int]) -> dict[str, Array]:
    """Return the columns of each layer, in order."""
    ends = np.cumsum(list(widths.values()))
    return dict(zip(widths, np.split(columns, ends[:-1], axis=1), strict=True))


def _input_widths(model: Model, differential: bool) -> dict[str, int]:
    """Return input layer to its number of columns, in the model's order."""
    widths = {
        name: layer.units
        for name, layer in model.layers.items()
        if isinstance(layer, InputVoltageLayer)
    }
    if differential and (len(widths) != 2 or len(set(widths.values())) != 1):
        raise ModelError(
            f"The model has the input layers {widths}, not a differential pair.",
            "give it two input layers of one width, or leave differential out",
        )
    return widths
