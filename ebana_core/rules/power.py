"""Learning that also lowers the power of the solution: a price on every watt."""

from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import Simulator
from ebana_core.checking import own_settings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import UnsupportedError
from ebana_core.laws.constant import ConstantCurrent
from ebana_core.laws.transconductor import Transconductor
from ebana_core.local_rules import Trainable
from ebana_core.papers.entries import STERN_2024
from ebana_core.rules.contrasts import contrast_sums
from ebana_core.rules.phases import Phases
from ebana_core.rules.rule import LearningRule, RuleResult, Samples
from ebana_core.spice.block import BlockLaw
from ebana_core.validators import instance, number


@final
@attrs.frozen
class PowerRegularised(LearningRule):
    """Adds the derivative of the power to the gradient of another rule: error and power fall.

    Each device adds ``price * 2*q(free)`` to what the other rule measures, where q is the integral
    of ``dcurrent/dvalue`` from 0 to its free drop: ``price * drop²`` for a conductance. It needs no
    further operating point.

    A circuit that voltages drive minimises its co-content, so that these local terms together are
    the whole derivative of twice the co-content, with no path through other voltages left out. In a
    circuit of resistors that is the dissipated power. What is descended is then ``loss +
    price*power`` where the other rule descends the loss. Near a solution of zero error the power
    that remains falls in proportion to the price, and the error grows with its square.

    Args:
        rule: Measures the error.
        price: What a watt costs, at least 0, in the unit of what `rule` descends over W: V²/W for
            the squared error of `EquilibriumPropagation`, a pure number for coupled learning,
            which descends a power itself.

    Raises:
        ParameterError: No rule, or a price below 0.

    Examples:
        >>> from ebana_core.rules import EquilibriumPropagation
        >>> PowerRegularised(EquilibriumPropagation(1e-7), price=100.0).price
        100.0

    Source:
        Stern, Dillavou, Jayaraman, Durian and Liu 2024, APL Machine Learning 2, 016114. Only its
        abstract was at hand; the local term follows from the minimum of the co-content.
    """

    rule: LearningRule = attrs.field(validator=instance(LearningRule, "give a rule, not its class"))
    price: float = attrs.field(validator=number("give a price of at least 0", at_least=0.0))

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (*self.rule.papers, STERN_2024)

    @property
    def phase_names(self) -> tuple[str, ...]:
        return self.rule.phase_names

    def check(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> None:
        """Refuse circuits whose power does not fall with these terms.

        Raises:
            UnsupportedError: Currents drive the circuit, or it holds amplifiers or other devices
                that act one way.
        """
        self.rule.check(compiled, parameters)
        circuit = compiled.circuit
        arrays, devices = circuit.element_arrays, circuit.terminal_devices
        currents = [
            *(a.layer for a in arrays if isinstance(a.law, ConstantCurrent)),
            *(d.layer for d in devices if isinstance(d.law, Transconductor)),
        ]
        # The drops of what is in such a block do not begin at 0 where its ends are at 0 V.
        driven = [
            d.layer
            for d in devices
            if isinstance(d.law, BlockLaw) and any(part.letter in "iv" for part in d.law.parts)
        ]
        for layers, what in (
            (currents, "current sources"),
            ([a.layer for a in circuit.amplifiers], "amplifiers"),
            ([d.layer for d in devices if d.law.active], "devices that act one way"),
            (driven, "sources within a block"),
        ):
            if layers:
                raise UnsupportedError(
                    f"Layer {layers[0]!r} holds {what}; the power of such a circuit does "
                    "not follow from the squared drops of its devices.",
                    "drive the circuit by voltages alone, without amplifiers and transistors, or "
                    "leave out PowerRegularised",
                )

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        found = self.rule.measured(simulator, compiled, parameters, samples, trainable)
        solved = found.phases["free"].solved_free
        # From the circuit without voltages to the free phase: q(free) - q(0), and q(0) is 0.
        power = Phases(
            free=0 * solved,
            before=None,
            after=solved,
            factor=2 * self.price,
            is_read=True,  # sources are off in the first: rows that they hold move, too
        )
        # A layer's grad_func stands for the contrast of the error, not for the power.
        every = dict.fromkeys(trainable)
        added = contrast_sums(compiled, parameters, every, power, weights=None)
        sums = {name: total + added[name] for name, total in found.gradient_sums.items()}
        return attrs.evolve(found, gradient_sums=sums, makes_update=True)
