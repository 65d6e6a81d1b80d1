"""A circuit as a module of PyTorch: operating points forward, their adjoint backward."""

from typing import Any, final

import attrs
import torch
from torch.autograd.function import once_differentiable

from ebana_core.backends import Backend
from ebana_core.differentiable import CircuitFunction
from ebana_core.model import Model
from ebana_core.objects import checked_instance
from ebana_core.torch.bounded import Bounded


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

    Examples:
        >>> import torch
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> circuit = Circuit(model, differential=True)
        >>> circuit(torch.tensor([[0.5], [-0.2]])).shape
        torch.Size([2, 1])
    """

    def __init__(
        self, model: Model, *, differential: bool = False, backend: str | Backend = "native"
    ) -> None:
        super().__init__()
        self._function = CircuitFunction(model, differential=differential, backend=backend)
        self.in_features = self._function.in_features
        self.out_features = self._function.out_features
        self._bounded = [Bounded(bounds) for bounds in self._function.bounds]
        for item in self._bounded:
            kept = torch.tensor(model.parameters[item.name] / item.bounds.unit, dtype=torch.float64)
            self.register_parameter(item.key, torch.nn.Parameter(kept))
            self.register_buffer(item.unit_key, torch.tensor(item.bounds.unit, dtype=torch.float64))

    @property
    def model(self) -> Model:
        """A model with the present values, to evaluate, save or train otherwise.

        It is this module's own. What is assigned to it does not come back: ask for it again after
        a step of the optimizer.
        """
        values = {name: value.detach().numpy() for name, value in self.values().items()}
        self._function.model.parameters.assign(values)
        return self._function.model

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
            ParameterError: `x` is no tensor.
            ShapeError: `x` has another number of columns.
            DataError: `x` is not finite.
            ConvergenceError: A sample has no operating point.
        """
        checked_instance(x, torch.Tensor, "x", "give a tensor of voltages")
        self._function.check_columns(tuple(x.shape))
        volts = x.reshape(-1, self.in_features).to("cpu", torch.float64)
        values = self.values()
        solved = _Solve.apply(_Call(self._function, tuple(values)), volts, *values.values())
        return solved.to(x.device, x.dtype).reshape(*x.shape[:-1], self.out_features)

    def extra_repr(self) -> str:
        """Return what `repr` shows between the parentheses."""
        return repr(self._function)

    def _project(self) -> None:
        for item in self._bounded:
            item.project(getattr(self, item.key), getattr(self, item.unit_key))


@attrs.frozen(eq=False)
class _Call:
    """What one solve needs beside tensors: the circuit, and the names of the values."""

    function: CircuitFunction
    parameters: tuple[str, ...]


class _Solve(torch.autograd.Function):
    """Operating points as a function of input voltages and values."""

    @staticmethod
    def forward(ctx: Any, call: _Call, volts: torch.Tensor, *values: torch.Tensor) -> torch.Tensor:
        arrays = [value.detach().numpy() for value in values]
        named = dict(zip(call.parameters, arrays, strict=True))
        ctx.call, ctx.points = call, call.function.points(volts.detach().numpy(), named)
        return torch.from_numpy(call.function.outputs(ctx.points))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        names, (_, of_inputs, *of_values) = ctx.call.parameters, ctx.needs_input_grad
        wanted = [name for name, is_wanted in zip(names, of_values, strict=True) if is_wanted]
        by_volts, by_value = ctx.call.function.derivatives(
            ctx.points, gradient.numpy(), parameters=wanted, of_inputs=of_inputs
        )
        return (
            None,
            None if by_volts is None else torch.from_numpy(by_volts),
            *(torch.from_numpy(by_value[name]) if name in wanted else None for name in names),
        )
