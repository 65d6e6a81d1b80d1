"""The exact gradient of the loss, by one transposed solve: the backpropagation baseline."""

from typing import final

import attrs

from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.local_rules import Trainable
from ebana_core.rules.backpropagation import AdjointSums
from ebana_core.rules.free_phase import FreePhaseRule
from ebana_core.rules.lost_digits import is_rounded, lost_in_rounding
from ebana_core.rules.phases import Phases
from ebana_core.rules.rule import RuleResult, Samples


@final
@attrs.frozen
class Adjoint(FreePhaseRule):
    """The exact gradient of the loss, whatever the circuit.

    Linearises the circuit at its free operating point and solves the transposed Jacobian once
    for dL/dp. No hardware measures it; it is what learning rules are compared with. It needs no
    reciprocity, takes no local rules, and holds on any simulator's operating points.

    Where a piecewise-linear device stands at its kink, it is a one-sided derivative.

    Examples:
        >>> import numpy as np
        >>> from ebana_core.data import DataSet
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> from ebana_core.losses import MSE
        >>> from ebana_core.model import Model
        >>> from ebana_core.rules import EquilibriumPropagation
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> d = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
        >>> model = Model([x], [CurrentLayer(name="y")(d)], seed=0)
        >>> data = DataSet({"x": [[0.5, -0.5]]}, {"y": [[0.2]]})
        >>> exact = model.gradients(data, MSE(), Adjoint())["d.conductance"]
        >>> found = model.gradients(data, MSE(), EquilibriumPropagation(1e-10))["d.conductance"]
        >>> bool(np.allclose(found, exact, rtol=1e-3))
        True
    """

    def found(
        self, simulator: Simulator, free: OperatingPoints, samples: Samples, trainable: Trainable
    ) -> RuleResult:
        found = AdjointSums(free, samples.loss_gradients(free), frozenset(trainable))
        sums = found.result()
        # Drops and multipliers lose digits as the drops and changes of a contrast do.
        if is_rounded(free.free_voltages):
            voltages = free.free_voltages
            moved = found.multipliers.astype(voltages.dtype)
            products = Phases(free=voltages, before=None, after=moved, factor=1.0)
            why = lost_in_rounding(free.compiled, dict.fromkeys(trainable), products, None, sums)
            finer = simulator.finer(why) if why else None
            if finer is not None:
                return self.run(finer, free.compiled, free.parameters, samples, trainable)
        return RuleResult(gradient_sums=sums, phases={"free": free})
