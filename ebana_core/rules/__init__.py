"""Learning rules: phases on a simulator in, gradients out."""

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
