"""Policies of a run: what it validates and keeps, and how often."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, final

from ebana_core.checking import as_whole, check_truth, checked_whole, shown
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_names

Policy = str | Mapping[str, int] | None
"""None, ``"last"``, ``"every"`` or ``{"epoch_num": n}``."""


def check_policy(name: str, policy: Any) -> Policy:
    """Return `policy` after checking it.

    Raises:
        ParameterError: Not one of the four forms.
    """
    if policy is None or (isinstance(policy, str) and policy in ("last", "every")):
        return policy
    return _checked_period(name, policy, ("epoch_num",), 'None, "last", "every" or ')


def _checked_period(
    name: str, period: Any, keys: tuple[str, ...], others: str
) -> Mapping[str, int]:
    is_period = isinstance(period, Mapping) and len(period) == 1 and next(iter(period)) in keys
    count = as_whole(next(iter(period.values()))) if is_period else None
    if count is None or count < 1:
        forms = " or ".join(f'{{"{key}": n}}' for key in keys)
        raise ParameterError(
            f"Metrics has {name}={shown(period)}.",
            f"give {others}{forms} with a whole number n >= 1",
        )
    return {next(iter(period)): count}


def is_due(policy: Policy, epoch: int, last_epoch: int) -> bool:
    """Tell whether a policy saves at `epoch` (1, 2, ... last_epoch); "last" is due always.

    Raises:
        ParameterError: No policy, or no numbers of epochs.
    """
    policy = check_policy("policy", policy)
    epoch, last_epoch = checked_whole(epoch, "epoch"), checked_whole(last_epoch, "last_epoch")
    if policy is None:
        return False
    if isinstance(policy, str):
        return True
    return epoch % policy["epoch_num"] == 0 or epoch == last_epoch


def due_measures(policies: Mapping[str, Policy], epoch: int, last_epoch: int) -> list[str]:
    """Return what an epoch measures; ``"last"`` means the last that was asked for."""
    return [
        name
        for name, policy in policies.items()
        if (epoch == last_epoch if policy == "last" else is_due(policy, epoch, last_epoch))
    ]


def _checked_rows(samples: Sequence[int]) -> tuple[int, ...]:
    given = list(samples) if isinstance(samples, Iterable) else [samples]
    found = [as_whole(row) for row in given]
    rows = tuple(row for row in found if row is not None and 0 <= row < 2**63)
    if not rows or len(rows) < len(found) or any(a >= b for a, b in pairwise(rows)):
        raise ParameterError(
            f"Metrics has samples={shown(samples)}.", "give row numbers of the data set, ascending"
        )
    return rows


def checked_verbose(value: object, path: str) -> bool:
    """Return whether progress is shown; 0, 1 and 2 count as in Keras.

    Raises:
        ParameterError: Neither a truth value nor one of these.
    """
    if isinstance(value, int) and value in (0, 1, 2):
        return value > 0
    check_truth(value, path)
    return bool(value)


@final
class Metrics:
    """Policies of a fit: what it validates, shows and keeps.

    The latest parameters, optimizer slots and random state are kept whatever the policies.

    Args:
        model: The model; kept so that metrics read like the other parts of a run.
        verbose: Show progress: a bar on a terminal, elsewhere lines; see `ProgressBar`.
        validate_every: ``{"epoch_num": n}`` or ``{"batch_num": n}``: after n, 2n, ... and the
            last; the test set is used whole.
        save_parameters: Policy for parameters after an epoch.
        save_batch_parameters: Policy for parameters after every update of an epoch, one per batch:
            ``run.recorded("updates/d1.conductance")``.
        save_output_voltages: Policy for node voltages of every phase.
        save_power_params: Policy for the power of every layer in every phase.
        save_injected_currents: Policy for the currents of the nudge.
        save_branch_currents: Policy for branch currents, of `current_layers`.
        current_layers: Layers whose branch currents are saved; None: all.
        samples: Rows of the data set that voltages, powers and currents are saved of, ascending;
            None: all.
        measure_residual: Policy for the worst residual of an epoch, the largest imbalance of a
            node in any phase of any batch, at the values at which it was solved. An epoch
            that is measured takes three to four times as long.
        measure_agreement: Policy for the largest difference between the predictions of the fit's
            backend and those of ngspice (of ngspice and native), V, over the batches of an epoch.
            Solves every batch once more with each.

    Examples:
        >>> kept = Metrics(verbose=False, save_power_params={"epoch_num": 10})
        >>> kept.policies["power"]
        {'epoch_num': 10}
    """

    def __init__(
        self,
        model: object = None,
        *,
        verbose: bool = True,
        validate_every: Mapping[str, int] | None = None,
        save_parameters: Policy = "every",
        save_output_voltages: Policy = None,
        save_power_params: Policy = None,
        save_injected_currents: Policy = None,
        save_branch_currents: Policy = None,
        current_layers: Sequence[str] | None = None,
        samples: Sequence[int] | None = None,
        save_batch_parameters: Policy = None,
        measure_residual: Policy = None,
        measure_agreement: Policy = None,
    ) -> None:
        self.model = model
        self.verbose = checked_verbose(verbose, "Metrics has verbose")
        every: Any = {"epoch_num": 1} if validate_every is None else validate_every
        self.validate_every = _checked_period(
            "validate_every", every, ("epoch_num", "batch_num"), ""
        )
        self.save_parameters = check_policy("save_parameters", save_parameters)
        self.save_batch_parameters = check_policy("save_batch_parameters", save_batch_parameters)
        self.save_output_voltages = check_policy("save_output_voltages", save_output_voltages)
        self.save_power_params = check_policy("save_power_params", save_power_params)
        self.save_injected_currents = check_policy("save_injected_currents", save_injected_currents)
        self.save_branch_currents = check_policy("save_branch_currents", save_branch_currents)
        self.measure_residual = check_policy("measure_residual", measure_residual)
        self.measure_agreement = check_policy("measure_agreement", measure_agreement)
        own, fix = "Metrics has current_layers", "give a list of names of layers"
        layers = None if current_layers is None else checked_names(current_layers, own, fix)
        self.current_layers = layers
        self.samples = None if samples is None else _checked_rows(samples)

    @property
    def policies(self) -> dict[str, Policy]:
        """Topic in the run file to its policy; without that of updates where none is given.

        Runs that were begun before there was one go on so.
        """
        updates = self.save_batch_parameters
        return {
            **({} if updates is None else {"updates": updates}),
            "parameters": self.save_parameters,
            "voltages": self.save_output_voltages,
            "power": self.save_power_params,
            "injected": self.save_injected_currents,
            "currents": self.save_branch_currents,
        }

    @property
    def measures(self) -> dict[str, Policy]:
        """What is measured of the solving, as run files call it, to its policy."""
        asked = {
            "worst_residual": self.measure_residual,
            "agreement": self.measure_agreement,
        }
        return {name: policy for name, policy in asked.items() if policy is not None}

    def __repr__(self) -> str:
        updates = self.save_batch_parameters
        told = "" if updates is None else f", save_batch_parameters={updates!r}"
        for name in ("measure_residual", "measure_agreement"):
            policy = getattr(self, name)
            told += "" if policy is None else f", {name}={policy!r}"
        return (
            f"Metrics(verbose={self.verbose}, validate_every={self.validate_every}, "
            f"save_parameters={self.save_parameters!r}, "
            f"save_output_voltages={self.save_output_voltages!r}, "
            f"save_power_params={self.save_power_params!r}, "
            f"save_injected_currents={self.save_injected_currents!r}, "
            f"save_branch_currents={self.save_branch_currents!r}{told})"
        )
