"""The program that users start from, on both simulators, with the same numbers."""

from pathlib import Path

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, Run, initializers, losses, metrics, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)


def program(folder: Path, backend: str) -> tuple[float, dict[str, np.ndarray]]:
    init = initializers.RandomUniform(1e-7, 1e-5, 1e-8, 1e-4)
    beta = 1e-7
    dataset = DataSet.differential(
        np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
        {"xor": np.array([[0.0], [1.0], [1.0], [0.0]])},
    )
    test = BatchGenerator(dataset, batch_size=4, shuffle=False)

    xp = InputVoltageLayer(units=2, name="xp")
    xn = InputVoltageLayer(units=2, name="xn")
    b1 = BiasVoltageLayer(units=1, name="b1_p", bias_voltage=1.0)
    j1 = ConcatenateLayer(name="j1")([xp, xn, b1])
    d1 = DenseLayer(units=10, lr=4e-8, name="d1", initializer=init, trainable=True)(j1)
    a1 = DiodeLayer(
        name="act1_1",
        direction="down",
        bias_voltage=0.0,
        trainable=False,
        kind="behavioral",
        param={"VTH": 0.3, "RON": 1.0, "ROFF": 1e20},
    )(d1)
    g1 = AmplificationLayer(name="amp1", param={"shift": 0.0, "gain": 4})(a1)
    d_out = DenseLayer(units=2, lr=4e-8, name="d_out", initializer=init, trainable=True)(g1)
    c_out = CurrentLayer(name="xor")(d_out)
    model = Model(inputs=[xp, xn, b1], outputs=[c_out], seed=1)

    loss_fn = losses.MSE(output_midpoint=0.5)
    optimizer = optimizers.Adam(model, beta=beta)
    model.fit(
        train_dataloader=BatchGenerator(dataset, batch_size=4),
        beta=beta,
        epochs=10,
        loss_fn=loss_fn,
        optimizer=optimizer,
        test_dataloader=test,
        backend=backend,
        metrics=metrics.Metrics(
            model,
            verbose=False,
            validate_every={"epoch_num": 10},
            save_output_voltages="last",
            save_power_params="last",
        ),
    )
    result = model.evaluate(dataset, loss_fn=loss_fn, backend=backend)
    optimizer.save_state(folder / "xor_optimizer.h5")
    model.save_history(folder / "xor_history.h5")
    return result.loss, model.parameters.snapshot()


@pytest.mark.ngspice
def test_both_simulators_train_to_the_same_numbers(tmp_path: Path) -> None:
    found = {}
    for backend in ("native", "ngspice"):
        (tmp_path / backend).mkdir()
        found[backend] = program(tmp_path / backend, backend)
        with Run.open(tmp_path / backend / "xor_history.h5") as run:
            assert run.power("nudged").shape == (1, 4, len(run.coordinates["layer"]))
    assert found["native"][0] == pytest.approx(found["ngspice"][0], rel=1e-6, abs=0)
    for name, values in found["native"][1].items():
        assert values == pytest.approx(found["ngspice"][1][name], rel=1e-6, abs=0)
