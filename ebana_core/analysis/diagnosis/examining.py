"""Examines what the devices of a model do on a data set, and what is wrong with that."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from ebana_core.analysis.diagnosis.report import Diagnosis, LayerReport
from ebana_core.analysis.strengths import suggested_beta
from ebana_core.arrays import Array, precision_of
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized, branch_slopes
from ebana_core.checking import checked_number
from ebana_core.chips import Twin
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.elements import Clamps, ElementArray, resolve
from ebana_core.circuit.flows import Flows
from ebana_core.circuit.levels import CONDUCTING
from ebana_core.errors import ParameterError
from ebana_core.execution.simulated import (
    BackendChoice,
    ChipChoice,
    Given,
    LossChoice,
    SimulatedNetwork,
)
from ebana_core.losses import MSE
from ebana_core.network.checks import checked_losses, checked_samples
from ebana_core.network.declared import DeclaredParameter
from ebana_core.network.loaders import as_dataset
from ebana_core.network.values import NetworkValues
from ebana_core.rules import Adjoint

NEAR_RAIL = 0.05
"""Nodes within this share of the supply range from a rail, or beyond it, are near it."""
AT_LIMIT = 1e-9
"""Relative distance from its bound at which a value counts as standing there."""
MANY = 0.1
"""Fraction of nodes or values from which on a remark is made."""
FAR = 10.0
"""Factor from the suggested beta that is worth a remark."""


def diagnose(
    simulated: SimulatedNetwork,
    dataset: Given,
    loss_fn: LossChoice | None = None,
    *,
    beta: float | None = None,
    rails: tuple[float, float] | None = None,
    backend: BackendChoice = "native",
    executor: Executor | None = None,
    chip: ChipChoice = None,
) -> Diagnosis:
    """Tell what the devices do on a data set: which conduct, saturate, or stand at bounds.

    Args:
        simulated: The network on simulators.
        dataset: Inputs and targets; held in memory with all node voltages.
        loss_fn: One loss, or output to loss; None: `MSE`.
        beta: Nudging strength to judge, S.
        rails: Lowest and highest supply, V; None: the range of the model's own sources.
        backend: See `operating_points`.
        executor: See `operating_points`.
        chip: See `operating_points`.

    Raises:
        ParameterError: `rails` are not two ascending voltages, or `beta` is not above zero.
    """
    losses = checked_losses(simulated.network, MSE() if loss_fn is None else loss_fn)
    if beta is not None:
        beta = checked_number(beta, "beta", "give a number above zero, S, or None", above=0.0)
    data = as_dataset(simulated.network, dataset, "The data set")
    samples = checked_samples(simulated.network, data, losses)
    free = chip.free if isinstance(chip, Twin) else chip
    points = simulated.operating_points(data.inputs, backend, executor=executor, chip=free)
    supplies = checked_rails(rails) if rails is not None else _supplies(points)
    exact = simulated.gradients(data, losses, Adjoint(), backend, executor=executor, chip=free)
    linearized, flows = Linearized(points), points.flows()
    conducting = _conducting(points, linearized)
    reports = [
        _report(simulated.values, points, flows, name, supplies, conducting.get(name), exact)
        for name in simulated.network.layers
    ]
    resistances = np.einsum("sii->si", linearized.port_resistances())
    suggested = suggested_beta(points, samples)
    return Diagnosis(
        layers=reports,
        rails=supplies,
        output_conductance=float(1 / resistances.mean()) if resistances.any() else np.inf,
        suggested_beta=suggested,
        remarks=(*_stability_remarks(points), *_remarks(reports), *_beta_remarks(beta, suggested)),
        n_samples=len(data),
    )


def checked_rails(rails: Any) -> tuple[float, float]:
    """Return the lowest and highest supply, V.

    Raises:
        ParameterError: Not two finite voltages in ascending order.
    """
    try:
        low, high = (float(value) for value in rails)
    except (TypeError, ValueError):
        low = high = np.nan
    if not -np.inf < low < high < np.inf:
        raise ParameterError(f"rails is {rails!r}.", "give the lowest and the highest supply, V")
    return low, high


def _supplies(points: OperatingPoints) -> tuple[float, float]:
    """Return the range of what grounded sources hold, ground included."""
    held = [points.node_voltages[:, source.heads] for source in points.circuit.voltage_sources]
    return min(0.0, *(float(v.min()) for v in held)), max(0.0, *(float(v.max()) for v in held))


def _conducting(points: OperatingPoints, linearized: Linearized) -> dict[str, Array]:
    """Return layer to which of its nonlinear devices conduct, ``(n_samples, n_devices)``."""
    found: dict[str, list[Array]] = {}
    for element in points.circuit.elements:
        if isinstance(element, ElementArray) and not element.is_ohmic:
            heads, tails = branch_ends(element.topology)
            beside = np.maximum(*(linearized.ohmic_conductance(e) for e in (heads, tails)))
            state = branch_slopes(linearized.points, element) > CONDUCTING * beside
        elif isinstance(element, Clamps):
            own = points.node_voltages[:, element.nodes]
            bound = resolve(element.bound, points.parameters, {})
            state = np.abs(own - bound) <= precision_of(own).at_bound * np.maximum(np.abs(own), 1.0)
        else:
            continue
        found.setdefault(element.layer, []).append(state.astype(np.float64))
    return {layer: np.concatenate(states, axis=1) for layer, states in found.items()}


def _report(
    values: NetworkValues,
    points: OperatingPoints,
    flows: Flows,
    name: str,
    rails: tuple[float, float],
    conducting: Array | None,
    exact: Mapping[str, Array],
) -> LayerReport:
    voltages = points.at(name)
    reach = NEAR_RAIL * (rails[1] - rails[0])
    near = (voltages < rails[0] + reach) | (voltages > rails[1] - reach)
    is_held = points.compiled.constraints.root[points.circuit.nodes_of(name)] == 0
    trained = [
        parameter
        for key, parameter in values.declared.items()
        if parameter.layer.name == name and key in exact
    ]
    own = {parameter.name: values.parameters[parameter.name] for parameter in trained}
    pull = [(own[key] * exact[key]).reshape(-1) for key in own]
    return LayerReport(
        layer=name,
        device=values.layers[name].device,
        lowest=float(voltages.min()),
        highest=float(voltages.max()),
        near_rails=float("nan") if is_held.all() else float(near[:, ~is_held].mean()),
        ever_conducts=float("nan") if conducting is None else float(conducting.max(axis=0).mean()),
        conducts=float("nan") if conducting is None else float(conducting.mean()),
        at_lower=_share_at(trained, own, "lower"),
        at_upper=_share_at(trained, own, "upper"),
        signal=float(np.sqrt(np.mean(np.concatenate(pull) ** 2))) if pull else float("nan"),
        power=float(flows.power(name).mean()),
    )


def _share_at(
    parameters: Sequence[DeclaredParameter], values: Mapping[str, Array], side: str
) -> float:
    states = []
    for parameter in parameters:
        bound = getattr(parameter.declaration, side)
        value = values[parameter.name].reshape(-1)
        states.append(np.isclose(value, bound, rtol=AT_LIMIT, atol=0.0))
    return float(np.concatenate(states).mean()) if states else float("nan")


def _remarks(reports: Sequence[LayerReport]) -> list[str]:
    remarks = []
    for report in reports:
        name = repr(report.layer)
        if report.ever_conducts == 0:
            remarks.append(f"no device of {name} conducts in any sample: it could be left out")
        elif report.ever_conducts < 1:
            idle = 1 - report.ever_conducts
            remarks.append(f"{idle:.0%} of the devices of {name} conduct in no sample")
        if report.near_rails >= MANY:
            remarks.append(f"{report.near_rails:.0%} of the nodes of {name} are near a rail")
        for side, share in (("lower", report.at_lower), ("upper", report.at_upper)):
            if share >= MANY:
                remarks.append(f"{share:.0%} of the values of {name} stand at their {side} bound")
    signals = {r.layer: r.signal for r in reports if not np.isnan(r.signal)}
    largest = max(signals.values(), default=0.0)
    for name, signal in signals.items():
        if signal < 1e-3 * largest:
            remarks.append(
                f"a relative change of a value of {name!r} moves the loss {largest / signal:.0f} "
                "times less than in the most effective layer"
                if signal
                else f"no value of {name!r} moves the loss"
            )
    return remarks


def _stability_remarks(points: OperatingPoints) -> list[str]:
    stability, remarks = points.stability, []
    if stability is None:
        return []
    if n_several := int(stability.has_several.sum()):
        remarks.append(
            f"the circuit has several operating points in {n_several} samples: learning follows "
            "the one that was found, and jumps where another is found"
        )
    if n_unstable := int((~stability.is_stable).sum()):
        remarks.append(
            f"the operating point is unstable in {n_unstable} samples: a circuit leaves it, for "
            "another one or without an end"
        )
    return remarks


def _beta_remarks(beta: float | None, suggested: float) -> list[str]:
    if np.isnan(suggested):
        return ["nothing is left to learn: dL/dp is zero, or no current moves the outputs"]
    if beta is None or 1 / FAR <= beta / suggested <= FAR:
        return []
    how = "large: the gradient may be biased" if beta > suggested else "small: noise may hide it"
    return [f"beta={beta:g} S is {beta / suggested:.2g} times the suggested one, which is {how}"]
