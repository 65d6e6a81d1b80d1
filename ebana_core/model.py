"""The model: one door to the layers, their values, and what can be done with them.

`Model` does nothing itself. Each of its methods hands the call to a part, and the line that names
it names the room where the work is done: `network` (layers, values, files), `execution` (solving),
`training` (fits) or `analysis`.
"""

import os
import secrets
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, final

from ebana_core import parts
from ebana_core.checking import check_truth
from ebana_core.delegation import delegated
from ebana_core.errors import ParameterError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.layers import Layer
from ebana_core.network.declared import DeclaredParameter
from ebana_core.network.freezing import TrainableLayers
from ebana_core.network.graph import Network, assemble, claim
from ebana_core.network.handed_in import checked_callables, checked_devices
from ebana_core.network.pairing import takes_targets
from ebana_core.network.parameters import Parameters
from ebana_core.network.random_streams import checked_seed
from ebana_core.network.values import NetworkValues
from ebana_core.papers import Citations, citations

if TYPE_CHECKING:
    from ebana_core.training.history import Fit

__all__ = ["Model"]


@final
class Model:
    """An analog neural network: a circuit with trainable values.

    Collects every layer that its inputs reach, side branches too, and draws all initial
    values. A layer belongs to one model.

    Args:
        inputs: Input and bias layers.
        outputs: Current layers.
        seed: Of the initial values, one random stream per (seed, layer name), of the order of
            samples and of device noise; None draws one, which `seed` then tells.
        gmin: Conductance across every junction of the circuit's diodes and transistors, S.
        shunt: Conductance from every node of the circuit to ground, S, as of ngspice's option
            ``rshunt``; 0: there is none.

    Raises:
        ModelError: The layers do not form one network; names the layer.
        NameClashError: Two layers of one name.
        CircuitError: No unique operating point; names layer and nodes.
        ParameterError: A seed or a conductance below zero.

    Attributes:
        stop_training: Assign True, in a callback, to end a fit after the present epoch.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> d = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5))(x)
        >>> model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)
        >>> model.parameters["d.conductance"] = [[1e-6, 3e-6], [1e-6, 1e-6]]  # S
        >>> model.operating_points({"x": [[1.0, 0.0]]}).at("d")  # V
        array([[0.5 , 0.75]])
    """

    def __init__(
        self,
        inputs: Sequence[Layer],
        outputs: Sequence[Layer],
        seed: int | None = None,
        *,
        gmin: float = GMIN,
        shunt: float = 0.0,
    ) -> None:
        own_seed = secrets.randbits(32) if seed is None else checked_seed(seed)
        self.stop_training = False
        self._values = NetworkValues(assemble(inputs, outputs, gmin=gmin, shunt=shunt), own_seed)
        self._simulated = parts.SimulatedNetwork(self._values)
        self._fitter = parts.Fitter(self._simulated, weakref.ref(self))
        claim(self._values.network)  # last: layers of a model that failed can be used again

    @property
    def papers(self) -> tuple[str, ...]:
        """BibTeX entries of the layers, and of rule, optimizer and losses of the last fit."""
        return self._fitter.papers

    def citations(self) -> Citations:
        """Return the BibTeX entries to cite, EBANA's own first: ``print(model.citations())``."""
        return citations(self)

    @property
    def seed(self) -> int:
        """Starts the random streams of the model."""
        return self._values.seed

    @property
    def gmin(self) -> float:
        """Conductance across every junction, S."""
        return self.network.compiled.circuit.gmin

    @property
    def shunt(self) -> float:
        """Conductance from every node to ground, S."""
        return self.network.compiled.circuit.shunt

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layer name to layer, in the order in which the circuit is built."""
        return self._values.layers

    @property
    def parameters(self) -> Parameters:
        """Parameter name to read-only array; assignment checks shape and bounds."""
        return self._values.parameters

    @property
    def trainable(self) -> TrainableLayers:
        """Layer name to whether learning changes it; assign False to freeze a layer."""
        return self._values.trainable

    @property
    def network(self) -> Network:
        """The assembled layers and their circuit."""
        return self._values.network

    @property
    def declared(self) -> Mapping[str, DeclaredParameter]:
        """Parameter name to its layer and declaration."""
        return self._values.declared

    # What an optimizer needs of a model, and other programs that change its values.
    trainable_parameters = delegated("_values", NetworkValues.trainable_parameters)
    local_rules = delegated("_values", NetworkValues.local_rules)
    parameter_units = delegated("_values", NetworkValues.parameter_units)
    learning_rate = delegated("_values", NetworkValues.learning_rate)
    plain_steps = delegated("_values", NetworkValues.plain_steps)
    blocks = delegated("_values", NetworkValues.blocks)
    programmed = delegated("_values", NetworkValues.programmed)
    readings = delegated("_values", NetworkValues.readings)
    adopt = delegated("_values", NetworkValues.adopt)
    restore = delegated("_values", NetworkValues.restore)
    reseed_noise = delegated("_values", NetworkValues.reseed_noise)
    noise_state = delegated("_values", NetworkValues.noise_state)
    restore_noise = delegated("_values", NetworkValues.restore_noise)
    summary = delegated("_values", parts.summary)
    plot = delegated("_values", parts.plot)
    save = delegated("_values", parts.save)

    simulator = delegated("_simulated", parts.SimulatedNetwork.simulator)
    runner = delegated("_simulated", parts.SimulatedNetwork.runner)
    operating_points = delegated("_simulated", parts.SimulatedNetwork.operating_points)
    predict = delegated("_simulated", parts.SimulatedNetwork.predict)
    classify = delegated("_simulated", parts.SimulatedNetwork.classify)
    evaluate = takes_targets("_simulated", parts.SimulatedNetwork.evaluate)
    gradients = takes_targets("_simulated", parts.SimulatedNetwork.gradients)
    vjp = delegated("_simulated", parts.vjp)
    write_netlist = delegated("_simulated", parts.write_netlist)
    to_pyspice = delegated("_simulated", parts.to_pyspice)
    to_networkx = delegated("_simulated", parts.to_networkx)

    fit = takes_targets("_fitter", parts.Fitter.fit)
    trained_with = delegated("_fitter", parts.Fitter.trained_with)
    save_history = delegated("_fitter", parts.Fitter.save_history)

    check_gradient = takes_targets("_simulated", parts.check_gradient)
    diagnose = takes_targets("_simulated", parts.diagnose)
    monte_carlo = takes_targets("_simulated", parts.monte_carlo)
    recorded_points = delegated("_values", parts.recorded_points)
    schematic = delegated("_simulated", parts.schematic)
    sweep = delegated("_simulated", parts.sweep)
    transient = delegated("_simulated", parts.transient)
    changes = takes_targets("_simulated", parts.changes)
    confusion = takes_targets("_simulated", parts.confusion)
    swings = delegated("_simulated", parts.swings)
    wire_drops = delegated("_simulated", parts.wire_drops)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        devices: Sequence[type[Layer]] = (),
        callables: Mapping[str, Any] | None = None,
        *,
        strict: bool = True,
    ) -> "Model":
        """Build a stored model with its values: of `save`, or the last epoch of a run.

        Args:
            path: A model file or a run file.
            devices: Layer classes beside the installed ones; they take precedence.
            callables: Functions and objects, which no file holds, by the place they were stored
                under, for example ``{"d1.lr": schedule}``.
            strict: Refuse a file that lacks an array of the model or holds an unknown one; False:
                what it lacks is drawn anew, and what is unknown is left out.

        Raises:
            StorageError: It does not exist, or is damaged.
            FormatError: It holds no model that this EBANA knows, or lacks an array of it.
            ShapeError: An array has another shape than the model says.
            UnknownDeviceError: A device is not installed; names its plugin and version.
            UnknownNameError: A setting is missing in `callables`; names it.
            ParameterError: A value is outside its bounds, names it; or `devices`, `callables` or
                `strict` is something else.
        """
        check_truth(strict, "strict")
        own, named = checked_devices(devices), checked_callables(callables)
        return parts.load(path, own, named, cls, strict=strict)

    @staticmethod
    def load_history(path: str | os.PathLike[str]) -> "Fit":
        """Return the finished epochs of a run's file, or of what `save_history` wrote.

        Raises:
            StorageError: It does not exist, or is damaged.
            FormatError: It is the file of no run.
        """
        return parts.load_history(path)

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse copies and pickles: a shallow copy would share the values with the original."""
        raise ParameterError(
            "A model cannot be copied or pickled.",
            "write it with save and build another with Model.load, or keep parameters.snapshot()",
        )

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        n_nodes = len(self.network.compiled.circuit.visible_nodes)
        around = f", gmin={self.gmin:g} S" if self.gmin != GMIN else ""
        around += f", shunt={self.shunt:g} S" if self.shunt else ""
        return f"Model({len(self.layers)} layers, {n_nodes} nodes, seed={self.seed}{around})"
