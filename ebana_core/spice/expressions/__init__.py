"""Expressions of B-sources: read by a grammar, computed with their derivatives, written back.

Nothing is ever evaluated as code; what the grammar does not know is refused by name.
"""

from ebana_core.spice.expressions.grammar import read_expression
from ebana_core.spice.expressions.sizes import ExpressionSizeError
from ebana_core.spice.expressions.table import Table
from ebana_core.spice.expressions.tree import Call, Expression, Format, Number, Terminal, scaled

__all__ = [
    "Call",
    "Expression",
    "ExpressionSizeError",
    "Format",
    "Number",
    "Table",
    "Terminal",
    "read_expression",
    "scaled",
]
