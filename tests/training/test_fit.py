"""Training: determinism, validation, recording, interruption."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import FormatError, ParameterError, StorageError, UnknownNameError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from ebana_core.training.history import Fit
from tests.support.networks import layered_model

N_SAMPLES, BATCH = 10, 4


def data() -> DataSet:
    rng = np.random.default_rng(1)
    inputs = {"x": rng.uniform(-1, 1, (N_SAMPLES, 2))}
    return DataSet(inputs, {"y": rng.uniform(-0.5, 0.5, (N_SAMPLES, 2))})


def train(model: Model, epochs: int = 3, **settings: Any) -> Fit:
    metrics = settings.pop("metrics", {})
    optimizer = settings.pop("optimizer", None) or optimizers.Adam(model)
    return model.fit(
        BatchGenerator(data(), batch_size=BATCH),
        losses.MSE(0.0),
        optimizer,
        epochs=epochs,
        beta=1e-8,
        metrics=Metrics(model, verbose=False, **metrics),
        **settings,
    )


def final(model: Model) -> dict[str, np.ndarray]:
    return model.parameters.snapshot()


def build(seed: int) -> Model:
    initializer = RandomUniform(1e-7, 1e-5, 1e-8, 1e-4)
    source = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=4, name="d", lr=1e-7, initializer=initializer)(source)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y")(dense)], seed=seed)


@pytest.fixture
def model() -> Model:
    return build(5)


def twin(model: Model) -> Model:
    return build(model.seed)


def test_the_same_seed_gives_the_same_bits(model: Model) -> None:
    other = twin(model)
    first, second = train(model), train(other)
    assert first.losses == second.losses
    assert (final(model)["d.conductance"] == final(other)["d.conductance"]).all()


def test_another_seed_orders_the_samples_differently(model: Model) -> None:
    other = twin(model)
    assert train(model, seed=1).losses != train(other, seed=2).losses


def test_training_lowers_the_loss(model: Model) -> None:
    losses_seen = train(model, epochs=30).losses
    assert losses_seen[-1] < 0.9 * losses_seen[0]


def test_a_loop_of_the_users_own_equals_fit(model: Model) -> None:
    other = twin(model)
    train(model, epochs=2, seed=7)
    optimizer, rule = optimizers.Adam(other), EquilibriumPropagation(1e-8)
    generator = BatchGenerator(data(), batch_size=BATCH)
    for epoch in (1, 2):
        for batch in generator.batches(7, epoch):
            optimizer.step(other.gradients(batch, losses.MSE(0.0), rule))
    assert (final(model)["d.conductance"] == final(other)["d.conductance"]).all()


@pytest.mark.parametrize(
    ("every", "validated"), [({"epoch_num": 2}, [2, 4, 5]), ({"batch_num": 3}, [1, 2, 3, 4, 5])]
)
def test_validation_happens_when_it_is_due(
    model: Model, every: dict[str, int], validated: list[int]
) -> None:
    history = train(model, epochs=5, test_dataloader=data(), metrics={"validate_every": every})
    assert [r.epoch for r in history if r.validation is not None] == validated


def test_the_test_score_is_that_of_evaluate(model: Model) -> None:
    history = train(model, epochs=1, test_dataloader=data())
    score = history.epochs[0].validation
    assert score is not None
    loss, accuracy, per_output = model.evaluate(data(), losses.MSE(0.0))
    assert score.loss == pytest.approx(loss, rel=1e-12, abs=0)
    assert score.accuracy == accuracy
    assert set(per_output) == {"y"}


def test_a_run_records_what_the_policies_say(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    policies = {
        "save_parameters": {"epoch_num": 2},
        "save_output_voltages": "last",
        "save_power_params": "every",
    }
    history = train(model, epochs=5, run=path, test_dataloader=data(), metrics=policies)
    points = model.operating_points(data().inputs)
    with Run.open(path) as run:
        assert run.status == "finished"
        assert run.scores["train_loss"].tolist() == history.losses
        conductances = run.parameter_history("d.conductance")
        assert conductances.epochs.tolist() == [2, 4, 5]
        assert (conductances[-1] == final(model)["d.conductance"]).all()
        voltages = run.voltages("free")
        assert voltages.epochs.tolist() == [5]
        assert voltages.shape == (1, N_SAMPLES, len(points.node_names))
        assert voltages.unit == "V"
        # Samples stand in data set order: the input nodes hold the samples themselves.
        assert voltages[0][:, :2] == pytest.approx(data().inputs["x"], rel=1e-12, abs=0)
        assert run.power("nudged").shape == (5, N_SAMPLES, len(model.layers))
        assert run.state["epoch"] == 5
        assert run.batches["loss"].shape == (15,)
        assert run.coordinates["node"] == list(points.node_names)


def test_history_of_a_run_in_memory_can_be_saved(model: Model, tmp_path: Path) -> None:
    train(model, epochs=2)
    model.save_history(tmp_path / "history.h5")
    with Run.open(tmp_path / "history.h5") as run:
        assert run.n_epochs == 2


@pytest.mark.parametrize("kept", ["last", "every"])
def test_a_run_that_is_saved_later_equals_one_that_was_recorded(
    kept: str, model: Model, tmp_path: Path
) -> None:
    names = ("save_parameters", "save_output_voltages", "save_power_params")
    policies = dict.fromkeys(names, kept)
    other = twin(model)
    train(other, metrics=policies, run=tmp_path / "run.h5")
    other.save_history(tmp_path / "recorded.h5")
    train(model, metrics=policies)
    model.save_history(tmp_path / "saved.h5")
    found = []
    for name in ("recorded.h5", "saved.h5"):
        with Run.open(tmp_path / name) as run:
            found.append((run.status, run.scores["train_loss"].tolist()))
            for series in (run.voltages(), run.power()):
                found[-1] += (series.epochs.tolist(), series[:].tolist())
            latest = {**run.parameters, **run.slots}
            found[-1] += (run.state["epoch"], {n: v.tolist() for n, v in latest.items()})
    assert found[0] == found[1]


def test_history_before_a_fit_is_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="not fitted"):
        model.save_history(tmp_path / "history.h5")


def test_an_existing_run_is_refused_and_untouched(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_text("mine")
    before = final(model)
    with pytest.raises(StorageError, match=r"run\.h5 exists") as caught:
        train(model, run=path)
    assert "overwrite" in caught.value.fix
    assert path.read_text() == "mine"
    assert final(model) == before
    train(model, run=path, overwrite=True)


class Interrupt(Callback):
    """Presses Ctrl-C after an epoch."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.ended = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.after:
            raise KeyboardInterrupt

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True


def test_an_interrupt_keeps_all_finished_epochs(model: Model, tmp_path: Path) -> None:
    other, path, callback = twin(model), tmp_path / "run.h5", Interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        train(model, epochs=5, run=path, callbacks=[callback])
    assert callback.ended
    train(other, epochs=2)
    with Run.open(path) as run:
        assert run.status == "interrupted"
        assert run.n_epochs == 2
        stored = run.parameters["d.conductance"]
    assert (stored == final(other)["d.conductance"]).all()
    assert (final(model)["d.conductance"] == stored).all()


def test_an_interrupt_within_an_epoch_goes_back_to_its_start(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, optimizer = final(model), optimizers.Adam(model)
    step = optimizer.step

    def step_then_interrupt(gradients: Any, *, scale: float) -> None:
        step(gradients, scale=scale)
        raise KeyboardInterrupt

    monkeypatch.setattr(optimizer, "step", step_then_interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(model, optimizer=optimizer)
    assert (final(model)["d.conductance"] == before["d.conductance"]).all()
    assert optimizer.n_steps == 0


@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.SGDMomentum, optimizers.Adam])
def test_a_saved_optimizer_goes_on_bit_for_bit(
    model: Model, tmp_path: Path, kind: type[optimizers.Optimizer]
) -> None:
    other = twin(model)
    first, second = kind(model), kind(other)
    train(model, epochs=2, optimizer=first)
    first.save_state(tmp_path / "state.pickle")
    second.load_state(tmp_path / "state.pickle")
    assert second.n_steps == first.n_steps
    train(model, epochs=1, optimizer=first)
    train(other, epochs=1, optimizer=second)
    assert (final(model)["d.conductance"] == final(other)["d.conductance"]).all()


def test_a_foreign_state_file_changes_nothing(model: Model, tmp_path: Path) -> None:
    path, optimizer, before = tmp_path / "x.h5", optimizers.Adam(model), final(model)
    path.write_text("no HDF5")
    with pytest.raises(StorageError, match=r"x\.h5"):
        optimizer.load_state(path)
    with h5py.File(path, "w") as file:
        file.attrs["type"] = "something"
    with pytest.raises(FormatError, match="'something'"):
        optimizer.load_state(path)
    with pytest.raises(StorageError, match="does not exist"):
        optimizer.load_state(tmp_path / "none.h5")
    assert final(model) == before


def test_layers_are_restored_by_name(model: Model, tmp_path: Path) -> None:
    optimizers.SGD(model).save_state(tmp_path / "s.h5")
    other = layered_model((2, 4, 4), (4.0,), seed=0)
    with pytest.raises(UnknownNameError, match=r"'d\.conductance'"):
        optimizers.SGD(other).load_state(tmp_path / "s.h5")
    with pytest.raises(UnknownNameError, match="no layer 'nope'"):
        optimizers.SGD(model).load_state(tmp_path / "s.h5", layers=["nope"])


def test_an_optimizer_of_another_model_is_refused(model: Model) -> None:
    with pytest.raises(ParameterError, match="another model"):
        train(model, optimizer=optimizers.SGD(twin(model)))


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True])
def test_a_useless_number_of_epochs_is_refused(model: Model, epochs: Any) -> None:
    with pytest.raises(ParameterError, match="epochs"):
        train(model, epochs=epochs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"save_parameters": "sometimes"},
        {"save_power_params": {"epoch_num": 0}},
        {"validate_every": {"epochs": 2}},
    ],
)
def test_wrong_policies_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Metrics(None, **wrong)
