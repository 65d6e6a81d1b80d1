"""A circuit as a function of JAX: operating points forward, their adjoint backward."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import Backend, OperatingPoints
from ebana_core.differentiable import CircuitFunction
from ebana_core.errors import UnknownNameError
from ebana_core.model import Model

Parameters = Mapping[str, jax.Array]
"""Trainable parameter, such as ``"d1.conductance"``, to its values as shares of their unit."""


@final
class Circuit:
    """An analog network as a function of JAX: ``circuit(parameters, x)`` are the output voltages.

    It can be differentiated in reverse mode by parameters and inputs, compiled within `jax.jit`,
    and mapped by `jax.vmap`. The circuit is solved in float64 on the processor, whatever the
    arrays are; derivatives are those of the adjoint (`Model.vjp`), to rounding.

    Parameters are divided by the root mean square of their first values, so that the learning
    rates of networks fit; `values` gives siemens. What an optimizer takes out of the bounds of
    its layer counts as the bound, and keeps its derivative; `project` brings it back. What devices
    make of wished changes and the learning rates of layers play no part.

    Args:
        model: The network; its values are copied, and it is left as it is. See `model`.
        differential: It has two input layers, of which the second gets the negative voltages of
            the first, so that a layer in front makes one voltage per pair.
        backend: ``"native"``, ``"ngspice"`` or a `Backend`, in float64.

    Raises:
        ModelError: `differential`, and it has not two input layers of one width.
        ParameterError: Not a `Model`.

    Attributes:
        in_features: Columns of inputs: of all input layers in the model's order.
        out_features: Columns of outputs: the predictions of all outputs in the model's order, V.

    Examples:
        >>> import jax
        >>> from ebana_core import crossbar_network
        >>> model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        >>> circuit = Circuit(model, differential=True)
        >>> circuit(circuit.parameters(), jax.numpy.array([[0.5], [-0.2]])).shape
        (2, 1)
    """

    def __init__(
        self, model: Model, *, differential: bool = False, backend: str | Backend = "native"
    ) -> None:
        function = CircuitFunction(model, differential=differential, backend=backend)
        # Kept here: the function's model gets other values by `model`.
        first = {b.name: model.parameters[b.name] / b.unit for b in function.bounds}
        self.__setstate__((function, first))

    def parameters(self) -> dict[str, jax.Array]:
        """Return the first parameters, in JAX's default type."""
        return {name: jnp.asarray(array) for name, array in self._first.items()}

    def __call__(self, parameters: Parameters, x: jax.Array) -> jax.Array:
        """Return the output voltages.

        Args:
            parameters: As of `parameters`.
            x: Input voltages. Shape ``(..., in_features)``, V; any floating type.

        Returns:
            Raw predictions. Shape ``(..., out_features)``, V; type of `x`.

        Raises:
            ShapeError: `x` has another number of columns.
            UnknownNameError: A parameter is missing.
            JaxRuntimeError: Of JAX, with the text of what the solver raised: no operating point,
                voltages that are not finite.
        """
        x = jnp.asarray(x)
        self._function.check_columns(x.shape)
        solved = self._solve(x.reshape(-1, self.in_features), self._own(parameters))
        return solved.reshape(*x.shape[:-1], self.out_features)

    def values(self, parameters: Parameters) -> dict[str, jax.Array]:
        """Return parameter name to values within their bounds, in SI units, differentiable."""
        found, own = {}, self._own(parameters)
        for b in self._function.bounds:
            value = own[b.name] * b.unit
            bounded = jax.lax.stop_gradient(jnp.clip(value, b.low, b.high))
            found[b.name] = bounded + (value - jax.lax.stop_gradient(value))  # a derivative of 1
        return found

    def project(self, parameters: Parameters) -> dict[str, jax.Array]:
        """Return parameters brought back to their bounds; to be called after an optimizer's step.

        Without it a value solves as its bound while its parameter runs away.
        """
        own = self._own(parameters)
        return {
            b.name: jnp.clip(own[b.name], b.low / b.unit, b.high / b.unit)
            for b in self._function.bounds
        }

    def model(self, parameters: Parameters) -> Model:
        """Return a model with these parameters, to evaluate, save or train otherwise.

        It is the circuit's own, the same at every call. What is assigned to it changes nothing
        here.
        """
        own = _arrays(self._own(parameters))
        self._function.model.parameters.assign(self._host.values(own))
        return self._function.model

    def _own(self, parameters: Parameters) -> dict[str, jax.Array]:
        """Return the parameters of the circuit, in its order."""
        names = [b.name for b in self._function.bounds]
        for name in names:
            if name not in parameters:
                raise UnknownNameError(
                    f"No parameter {name!r} is given; the circuit has {names}.",
                    "start from circuit.parameters()",
                )
        return {name: parameters[name] for name in names}

    def __repr__(self) -> str:
        return f"Circuit({self._function!r})"

    def __getstate__(self) -> tuple[CircuitFunction, Mapping[str, Array]]:
        return self._function, self._first

    def __setstate__(self, state: tuple[CircuitFunction, Mapping[str, Array]]) -> None:
        # Made anew: a pickle holds neither locks nor functions within functions.
        self._function, self._first = state
        self._host = _Host(self._function)
        self._solve = _differentiable(self._host, self._function.out_features)
        self.in_features = self._function.in_features
        self.out_features = self._function.out_features


@final
class _Host:
    """What JAX calls back for, with NumPy's arrays.

    It keeps the latest operating points until others are solved: the backward pass asks at the
    arrays of the forward pass, and JAX carries nothing but arrays from one to the other.
    """

    def __init__(self, function: CircuitFunction) -> None:
        self._function = function
        self._kept: tuple[Array, Mapping[str, Array], OperatingPoints] | None = None
        self._lock = threading.Lock()  # JAX may call back from threads of its own

    def values(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Return parameter name to values within their bounds, in SI units and float64."""
        return {
            b.name: np.clip(np.asarray(parameters[b.name], np.float64) * b.unit, b.low, b.high)
            for b in self._function.bounds
        }

    def forward(self, volts: Any, parameters: Mapping[str, Any]) -> Array:
        """Return the outputs, of the type of the voltages."""
        points = self._points(np.asarray(volts), _arrays(parameters))
        return self._function.outputs(points).astype(volts.dtype)

    def backward(
        self, volts: Any, parameters: Mapping[str, Any], gradient: Any
    ) -> tuple[Array, dict[str, Array]]:
        """Return the derivatives by voltages and parameters, each of its own type."""
        own = _arrays(parameters)
        points = self._points(np.asarray(volts), own)
        by_volts, by_value = self._function.derivatives(
            points, np.asarray(gradient, np.float64), parameters=list(own)
        )
        units = {b.name: b.unit for b in self._function.bounds}
        return np.asarray(by_volts, volts.dtype), {
            name: np.asarray(by_value[name] * units[name], array.dtype)
            for name, array in own.items()
        }

    def _points(self, volts: Array, parameters: Mapping[str, Array]) -> OperatingPoints:
        with self._lock:
            kept = self._kept
            if (
                kept is not None
                and _is_same(kept[0], volts)
                and all(_is_same(kept[1][name], array) for name, array in parameters.items())
            ):
                return kept[2]
            points = self._function.points(volts.astype(np.float64), self.values(parameters))
            self._kept = volts.copy(), {n: a.copy() for n, a in parameters.items()}, points
            return points


def _arrays(parameters: Mapping[str, Any]) -> dict[str, Array]:
    return {name: np.asarray(array) for name, array in parameters.items()}


def _is_same(one: Array, other: Array) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


def _differentiable(host: _Host, out_features: int) -> Callable[..., jax.Array]:
    """Return the outputs as a function of JAX that knows its derivative."""

    @jax.custom_vjp
    def solve(volts: jax.Array, parameters: Parameters) -> jax.Array:
        shape = jax.ShapeDtypeStruct((volts.shape[0], out_features), volts.dtype)
        return jax.pure_callback(host.forward, shape, volts, parameters, vmap_method="sequential")

    def forward(volts: jax.Array, parameters: Parameters) -> tuple[jax.Array, Any]:
        return solve(volts, parameters), (volts, parameters)

    def backward(kept: Any, gradient: jax.Array) -> Any:
        shapes = jax.tree.map(lambda array: jax.ShapeDtypeStruct(array.shape, array.dtype), kept)
        return jax.pure_callback(host.backward, shapes, *kept, gradient, vmap_method="sequential")

    solve.defvjp(forward, backward)
    return solve
