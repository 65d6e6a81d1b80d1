"""Learning rules: phases on a simulator in, gradients out."""

from ebana_core.rules.equilibrium_propagation import EquilibriumPropagation, ReciprocityWarning
from ebana_core.rules.rule import LearningRule, RuleResult, Samples

__all__ = [
    "EquilibriumPropagation",
    "LearningRule",
    "ReciprocityWarning",
    "RuleResult",
    "Samples",
]
