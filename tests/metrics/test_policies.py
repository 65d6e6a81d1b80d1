"""What a fit is told to keep, and when: every form that counts, and none that does not."""

from typing import Any

import numpy as np
import pytest

from ebana_core.errors import ParameterError
from ebana_core.metrics import Metrics
from ebana_core.metrics.policies import is_due


def test_a_fit_validates_after_every_epoch_and_keeps_their_parameters_by_default() -> None:
    metrics = Metrics()
    assert metrics.validate_every == {"epoch_num": 1}
    kept = {topic: policy for topic, policy in metrics.policies.items() if policy is not None}
    assert kept == {"parameters": "every"}


@pytest.mark.parametrize(
    ("policy", "epochs"),
    [
        (None, []),
        ("every", [1, 2, 3, 4, 5]),
        ({"epoch_num": 2}, [2, 4, 5]),
        ({"epoch_num": 7}, [5]),
    ],
)
def test_a_period_is_due_at_its_multiples_and_at_the_last_epoch(
    policy: Any, epochs: list[int]
) -> None:
    assert [epoch for epoch in range(1, 6) if is_due(policy, epoch, 5)] == epochs


@pytest.mark.parametrize(
    "period", [5, "every", {}, 0, {"epochs": 1}, {"epoch_num": 1, "batch_num": 1}]
)
def test_a_period_of_another_form_is_refused(period: Any) -> None:
    with pytest.raises(ParameterError, match="Metrics has validate_every="):
        Metrics(validate_every=period)


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "1", None])
def test_a_period_is_a_whole_number_above_zero(count: Any) -> None:
    for setting in ("validate_every", "save_output_voltages"):
        with pytest.raises(ParameterError, match=f"Metrics has {setting}="):
            Metrics(**{setting: {"epoch_num": count}})


@pytest.mark.parametrize("policy", ["latest", 2, True, {"batch_num": 1}])
def test_a_policy_of_another_form_is_refused(policy: Any) -> None:
    with pytest.raises(ParameterError, match="Metrics has save_power_params="):
        Metrics(save_power_params=policy)


@pytest.mark.parametrize(
    "rows", [[], [-1], [1.5], ["1"], [None], [2**63], [1, 1], [2, 1], [0, -1], 1.5]
)
def test_rows_that_are_none_of_a_data_set_are_refused(rows: Any) -> None:
    with pytest.raises(ParameterError, match="Metrics has samples="):
        Metrics(samples=rows)


@pytest.mark.parametrize(("rows", "kept"), [([0], (0,)), (3, (3,)), (np.array([1, 4]), (1, 4))])
def test_rows_are_kept_in_their_order(rows: Any, kept: tuple[int, ...]) -> None:
    assert Metrics(samples=rows).samples == kept
