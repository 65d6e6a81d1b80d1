"""The result of a diagnosis: a table with remarks."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.objects import checked_name
from ebana_core.tables import NotebookText, text_table


@final
@attrs.frozen(kw_only=True)
class LayerReport:
    """One layer of a diagnosed model; nan where a column does not apply.

    Args:
        layer: Name.
        device: Registry key.
        lowest: Lowest voltage of its nodes, V.
        highest: Highest voltage of its nodes, V.
        near_rails: Share of its nodes and samples near or beyond a rail.
        ever_conducts: Share of its devices that conduct in some sample.
        conducts: Share of devices and samples that conduct.
        at_lower: Share of its trainable values at their lower bound.
        at_upper: Share at their upper bound.
        signal: Root mean square of ``value * dL/dvalue`` of its trainable values, in the unit
            of the loss: what a relative change of one of them does.
        power: Mean power it takes up, W.
    """

    layer: str
    device: str
    lowest: float
    highest: float
    near_rails: float
    ever_conducts: float
    conducts: float
    at_lower: float
    at_upper: float
    signal: float
    power: float


@final
@attrs.frozen(eq=False, kw_only=True)
class Diagnosis(NotebookText):
    """A diagnosis of a model's devices on a data set; prints as a table with remarks.

    Args:
        layers: One report per layer.
        rails: Lowest and highest supply, V.
        output_conductance: Mean conductance that a current into an output sees, S.
        suggested_beta: By the rule of thumb ``1e-3*G*rms(p)/rms(dL/dp)``, S, less where that
            would push a prediction more than a tenth of its way; nan where nothing is to be
            learned.
        remarks: What is worth a look, one sentence each.
        n_samples: How many samples.
    """

    layers: Sequence[LayerReport]
    rails: tuple[float, float]
    output_conductance: float
    suggested_beta: float
    remarks: tuple[str, ...]
    n_samples: int

    def __getitem__(self, layer: str) -> LayerReport:
        """Return the report of a layer.

        Raises:
            UnknownNameError: There is no such layer.
        """
        reports = {report.layer: report for report in self.layers}
        return reports[checked_name(layer, reports, "layer")]

    def __str__(self) -> str:
        header = ["layer", "device", "V min", "V max", "near rails", "ever on", "on"]
        header += ["at low", "at high", "signal", "power/W"]
        rows = [header]
        for r in self.layers:
            shares = (r.near_rails, r.ever_conducts, r.conducts, r.at_lower, r.at_upper)
            rows.append(
                [r.layer, r.device, _number(r.lowest), _number(r.highest)]
                + [_share(value) for value in shares]
                + [_number(r.signal), _number(r.power)]
            )
        low, high = self.rails
        lines = [
            f"{self.n_samples} samples, supplies from {low:z.4g} V to {high:z.4g} V",
            text_table(rows, left=2),
            f"outputs see {self.output_conductance:.3g} S; suggested beta "
            f"{self.suggested_beta:.3g} S",
            *(f"- {remark}" for remark in self.remarks),
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"Diagnosis({len(self.layers)} layers, {len(self.remarks)} remarks)"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:z.3g}"


def _share(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.0%}"
