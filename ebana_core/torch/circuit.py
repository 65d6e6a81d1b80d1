"""A circuit as a module of PyTorch: operating points forward, their adjoint backward."""

from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np
import torch
from torch.autograd.function import once_differentiable

from ebana_core.arrays import Array
from ebana_core.backends import Backend
from ebana_core.checking import check_truth, shown
from ebana_core.errors import ModelError, ParameterError, ShapeError
from ebana_core.layers import InputVoltageLayer
from ebana_core.model import Model
from ebana_core.torch.bounded import Bounded, unit_of
from ebana_core.torch.carried import CarriedModel


@final
class Circuit(torch.nn.Module):
    """An analog network as a layer of PyTorch: voltages in, output voltages out.

    The circuit is solved in float64 on the processor, whatever the tensors are and wherever they
    lie; derivatives by inputs and parameters are those of the adjoint (`Model.vjp`), to rounding.

    Each trainable parameter of the model, ``"d1.conductance"`` say, is a parameter
    ``d1__conductance``, divided by the root mean square of its first values (the buffer
    ``d1__conductance_unit``), so that the learning rates of networks fit. Before every solve,
    values that an optimizer took out of their bounds are brought back to them, as a device stops
    at its bounds. What devices make of wished changes (pulses, stuck cells, limits of single steps)
    and the learning rates of layers play no part.

    Args:
        model: The network; its values are copied, and it is left as it is. See `model`.
        differential: It has two input layers, of which the second gets the negative voltages of
            the first, so that a module in front makes one voltage per pair.
        backend: ``"native"``, ``"ngspice"`` or a `Backend`, in float64.

    Raises:
        ModelError: `differential`, and it has not two input layers of one width.
        ParameterError: Not a `Model`.

    Attributes:
        in_features: Columns of inputs: of all input layers in the model's order.
        out_features: Columns of outputs: the predictions of all outputs in the model's order, V.
    """

    def __init__(
        self, model: Model, *, differential: bool = False, backend: str | Backend = "native"
    ) -> None:
        super().__init__()
        if not isinstance(model, Model):
            raise ParameterError(f"model is {shown(model)}.", "give an ebana_core.Model")
        check_truth(differential, "differential")
        model.simulator(backend)  # what it cannot solve is told here
        self._backend, self._is_differential = backend, bool(differential)
        self._inputs = _input_widths(model, differential)
        self._outputs = {o.name: len(o.heads) for o in model.network.compiled.circuit.outputs}
        widths = list(self._inputs.values())
        self.in_features = widths[0] if differential else sum(widths)
        self.out_features = sum(self._outputs.values())
        names, values = model.trainable_parameters(), model.parameters
        self._bounded = [Bounded.of(model.declared[name], values[name]) for name in names]
        # A model of its own: what others do with theirs would change what is solved here.
        self._model = CarriedModel.of(model).model()
        for item in self._bounded:
            unit = unit_of(values[item.name])
            kept = torch.tensor(values[item.name] / unit, dtype=torch.float64)
            self.register_parameter(item.key, torch.nn.Parameter(kept))
            self.register_buffer(item.unit_key, torch.tensor(unit, dtype=torch.float64))

    @property
    def model(self) -> Model:
        """A model with the present values, to evaluate, save or train otherwise.

        It is this module's own. What is assigned to it does not come back: ask for it again after
        a step of the optimizer.
        """
        values = {name: value.detach().numpy() for name, value in self.values().items()}
        self._model.parameters.assign(values)
        return self._model

    def values(self) -> dict[str, torch.Tensor]:
        """Return parameter name to values within their bounds, in SI units and differentiable."""
        self._project()
        return {
            item.name: item.value(getattr(self, item.key), getattr(self, item.unit_key))
            for item in self._bounded
        }

    @torch.compiler.disable
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output voltages.

        Args:
            x: Input voltages. Shape ``(..., in_features)``, V; any floating type, any device.

        Returns:
            Raw predictions. Shape ``(..., out_features)``, V; type and device of `x`.

        Raises:
            ShapeError: `x` has another number of columns.
            DataError: `x` is not finite.
            ConvergenceError: A sample has no operating point.
        """
        if x.ndim < 1 or x.shape[-1] != self.in_features:
            raise ShapeError(
                f"x has shape {tuple(x.shape)}; the circuit takes {self.in_features} voltages.",
                f"give a tensor of shape (..., {self.in_features})",
            )
        volts = x.reshape(-1, self.in_features).to("cpu", torch.float64)
        if self._is_differential:
            volts = torch.cat([volts, -volts], dim=1)
        values = self.values()
        solved = _Solve.apply(
            _Call(self._model, self._backend, self._inputs, self._outputs, tuple(values)),
            volts,
            *values.values(),
        )
        return solved.to(x.device, x.dtype).reshape(*x.shape[:-1], self.out_features)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the parentheses."""
        differential = ", differential=True" if self._is_differential else ""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}{differential}, "
            f"backend={self._backend!r}"
        )

    def _project(self) -> None:
        for item in self._bounded:
            item.project(getattr(self, item.key), getattr(self, item.unit_key))

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a copy: what its model is built from in place of the model."""
        return {**self.__dict__, "_model": CarriedModel.of(self._model)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a state, with a new model."""
        super().__setstate__({**state, "_model": state["_model"].model()})


@attrs.frozen(eq=False)
class _Call:
    """What one solve needs beside tensors: the model, and widths and names of the columns."""

    model: Model
    backend: str | Backend
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    parameters: tuple[str, ...]


class _Solve(torch.autograd.Function):
    """Operating points as a function of input voltages and values."""

    @staticmethod
    def forward(ctx: Any, call: _Call, volts: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        arrays = [value.detach().numpy() for value in values]
        points = call.model.operating_points(
            _dealt(volts.detach().numpy(), call.inputs),
            call.backend,
            values=dict(zip(call.parameters, arrays, strict=True)),
        )
        ctx.call, ctx.points = call, points
        found = points.predictions()
        return torch.from_numpy(np.concatenate([found[name] for name in call.outputs], axis=1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        call, (_, of_inputs, *of_values) = ctx.call, ctx.needs_input_grad
        wanted = [
            name for name, is_wanted in zip(call.parameters, of_values, strict=True) if is_wanted
        ]
        found = call.model.vjp(
            ctx.points,
            _dealt(gradient.numpy(), call.outputs),
            parameters=wanted,
            inputs=list(call.inputs) if of_inputs else [],
        )
        by_volts = [found.inputs[name] for name in call.inputs if of_inputs]
        return (
            None,
            torch.from_numpy(np.concatenate(by_volts, axis=1)) if of_inputs else None,
            *(
                torch.from_numpy(found.parameters[name]) if name in wanted else None
                for name in call.parameters
            ),
        )


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
