"""Learning rules: phases on a simulator in, gradients out."""

from typing import TYPE_CHECKING

from ebana_core.later import door

if TYPE_CHECKING:
    from ebana_core.local_rules import (
        GradFunc,
        Levels,
        LocalRule,
        Magnitudes,
        Powers,
        Products,
        Squares,
        Trainable,
        ep_abs,
        ep_analog,
        ep_mult,
        ep_quantize,
        ep_sq,
    )
    from ebana_core.rules.adjoint import Adjoint
    from ebana_core.rules.asymmetric import AsymmetricPropagation, DyadicPropagation
    from ebana_core.rules.coupled_learning import (
        AdjointCoupledLearning,
        ContrastiveLearning,
        CoupledLearning,
    )
    from ebana_core.rules.drop_squared import DropSquared
    from ebana_core.rules.equilibrium_propagation import EquilibriumPropagation
    from ebana_core.rules.measurement import Measurement
    from ebana_core.rules.over_clamping import OverClamping
    from ebana_core.rules.phased import PhasedRule, ReciprocityWarning
    from ebana_core.rules.power import PowerRegularised
    from ebana_core.rules.probed_adjoint import ProbedAdjoint
    from ebana_core.rules.rule import LearningRule, RuleResult, Samples

__all__ = [
    "Adjoint",
    "AdjointCoupledLearning",
    "AsymmetricPropagation",
    "ContrastiveLearning",
    "CoupledLearning",
    "DropSquared",
    "DyadicPropagation",
    "EquilibriumPropagation",
    "GradFunc",
    "LearningRule",
    "Levels",
    "LocalRule",
    "Magnitudes",
    "Measurement",
    "OverClamping",
    "PhasedRule",
    "PowerRegularised",
    "Powers",
    "ProbedAdjoint",
    "Products",
    "ReciprocityWarning",
    "RuleResult",
    "Samples",
    "Squares",
    "Trainable",
    "ep_abs",
    "ep_analog",
    "ep_mult",
    "ep_quantize",
    "ep_sq",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "Adjoint": "ebana_core.rules.adjoint",
        "AdjointCoupledLearning": "ebana_core.rules.coupled_learning",
        "AsymmetricPropagation": "ebana_core.rules.asymmetric",
        "ContrastiveLearning": "ebana_core.rules.coupled_learning",
        "CoupledLearning": "ebana_core.rules.coupled_learning",
        "DropSquared": "ebana_core.rules.drop_squared",
        "DyadicPropagation": "ebana_core.rules.asymmetric",
        "EquilibriumPropagation": "ebana_core.rules.equilibrium_propagation",
        "GradFunc": "ebana_core.local_rules",
        "LearningRule": "ebana_core.rules.rule",
        "Levels": "ebana_core.local_rules",
        "LocalRule": "ebana_core.local_rules",
        "Magnitudes": "ebana_core.local_rules",
        "Measurement": "ebana_core.rules.measurement",
        "OverClamping": "ebana_core.rules.over_clamping",
        "PhasedRule": "ebana_core.rules.phased",
        "PowerRegularised": "ebana_core.rules.power",
        "Powers": "ebana_core.local_rules",
        "ProbedAdjoint": "ebana_core.rules.probed_adjoint",
        "Products": "ebana_core.local_rules",
        "ReciprocityWarning": "ebana_core.rules.phased",
        "RuleResult": "ebana_core.rules.rule",
        "Samples": "ebana_core.rules.rule",
        "Squares": "ebana_core.local_rules",
        "Trainable": "ebana_core.local_rules",
        "ep_abs": "ebana_core.local_rules",
        "ep_analog": "ebana_core.local_rules",
        "ep_mult": "ebana_core.local_rules",
        "ep_quantize": "ebana_core.local_rules",
        "ep_sq": "ebana_core.local_rules",
    },
)
