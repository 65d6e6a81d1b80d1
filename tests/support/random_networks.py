"""Random networks of every kind of diode, drawn by hypothesis."""

from typing import Any

import numpy as np
from ebana_diode_mos import DiodeLayer
from hypothesis import strategies as st

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)

N_SAMPLES = 3

voltages = st.floats(-0.6, 0.6).map(lambda value: round(value, 6))
exponential = st.fixed_dictionaries(
    {
        "IS": st.sampled_from([1e-9, 1e-6]),
        "a": st.floats(0.03, 0.08),
        "V_off": st.floats(0.0, 0.6),
    }
)
diodes = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(["up", "down"]),
        "bias_voltage": voltages,
        "kind_and_param": st.one_of(
            st.tuples(
                st.just("behavioral"),
                st.fixed_dictionaries({"VTH": st.floats(0.05, 0.6), "RON": st.floats(1.0, 1e4)}),
            ),
            st.tuples(
                st.just("real"),
                st.fixed_dictionaries(
                    {
                        "IS": st.sampled_from([1e-14, 1e-9, 1e-6]),
                        "N": st.floats(1.0, 2.0),
                        "temperature": st.floats(270.0, 370.0),
                    }
                ),
            ),
            st.tuples(st.sampled_from(["shockley", "antiparallel"]), exponential),
            st.tuples(
                st.just("mos"),
                st.one_of(
                    st.fixed_dictionaries({"channel": st.just("n"), "VTO": st.floats(0.1, 0.8)}),
                    st.fixed_dictionaries({"channel": st.just("p"), "VTO": st.floats(-0.8, -0.1)}),
                ),
            ),
        ),
    }
)
gains = st.tuples(st.sampled_from([-1.0, 1.0]), st.floats(0.5, 5.0)).map(lambda g: g[0] * g[1])
hidden_layers = st.fixed_dictionaries(
    {
        "units": st.integers(1, 12),
        "diodes": st.lists(diodes, max_size=2),
        "gain": st.one_of(st.none(), gains),
        "shift": voltages,
    }
)
networks = st.fixed_dictionaries(
    {
        "units": st.integers(1, 8),
        "hidden": st.lists(hidden_layers, max_size=3),
        "outputs": st.integers(1, 3),
        "fold": st.booleans(),
        "seed": st.integers(0, 2**31),
    }
)


def build(network: dict[str, Any]) -> tuple[Model, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the model, samples, and nudge currents."""
    rng = np.random.default_rng(network["seed"])
    initializer = RandomUniform(1e-7, 1e-5)
    source = InputVoltageLayer(units=network["units"], name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=float(rng.uniform(-1, 1)))
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    for k, hidden in enumerate(network["hidden"]):
        layer = DenseLayer(units=hidden["units"], name=f"d{k}", initializer=initializer)(layer)
        for place, diode in enumerate(hidden["diodes"]):
            kind, param = diode["kind_and_param"]
            layer = DiodeLayer(
                name=f"act{k}_{place}",
                direction=None if kind == "antiparallel" else diode["direction"],
                bias_voltage=diode["bias_voltage"],
                kind=kind,
                param=param,
            )(layer)
        if hidden["gain"] is not None:
            param = {"gain": hidden["gain"], "shift": hidden["shift"]}
            layer = AmplificationLayer(name=f"amp{k}", param=param)(layer)
    width = network["outputs"] * (2 if network["fold"] else 1)
    layer = DenseLayer(units=width, name="d_out", initializer=initializer)(layer)
    output = CurrentLayer(name="y", fold=network["fold"])(layer)
    model = Model(inputs=[source, bias], outputs=[output], seed=network["seed"])
    inputs = {"x": rng.uniform(-1.5, 1.5, (N_SAMPLES, network["units"]))}
    return model, inputs, {"y": rng.normal(scale=1e-8, size=(N_SAMPLES, network["outputs"]))}
