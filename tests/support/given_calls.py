"""What each public method cannot do without, and the object that it is called on."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from ebana_memristor import Measured, MeasuredPulses, StanfordModel

from ebana_core import Run, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.chips import Chip, Twin
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from ebana_core.rules import ep_quantize
from ebana_core.schedules import CosineDecay
from ebana_core.sklearn import HiddenLayerNetwork
from tests.support.given_settings import DATA, NEEDED
from tests.support.used_things import FEATURES, FILE, LOSS, NAME, RULE, RUN, Things, X

Call = tuple[Callable[..., Any], Mapping[str, Any]]
CELL = StanfordModel()
CLASSES = DataSet(X, {"y": [[1.0, 0.0]]})


def of(thing: str, method: str, /, **given: Any) -> Callable[[Things], Call]:
    """Return a row: a method of one of the things, and what it is given."""
    return lambda things: (getattr(getattr(things, thing), method), given)


def of_class(method: Callable[..., Any], /, **given: Any) -> Callable[[Things], Call]:
    """Return a row: a method of a class, or of an object that is there already."""
    return lambda _: (method, given)


def reading(method: Callable[..., Any], file: str, /, **given: Any) -> Callable[[Things], Call]:
    """Return a row: a method that reads a file."""
    return lambda things: (method, {"path": things.file(file), **given})


MODEL: Mapping[str, Callable[[Things], Call]] = MappingProxyType({
    "Model.adopt": lambda t: (t.model.adopt, {"values": dict(t.model.parameters)}),
    "Model.blocks": of("model", "blocks", name=NAME),
    "Model.changes": of("model", "changes", dataset=DATA, loss_fn=LOSS, beta=1e-8),
    "Model.check_gradient": of(
        "model", "check_gradient", dataset=DATA, rule=RULE, loss_fn=LOSS, strengths=[1e-8]
    ),
    "Model.classify": of("memristors", "classify", dataset=X),
    "Model.confusion": of("memristors", "confusion", dataset=CLASSES),
    "Model.diagnose": of("model", "diagnose", dataset=DATA, loss_fn=LOSS),
    "Model.evaluate": of("model", "evaluate", dataset=DATA, loss_fn=LOSS),
    "Model.fit": lambda t: (t.model.fit, {
        "train_dataloader": DATA, "loss_fn": LOSS, "optimizer": t.optimizer, "beta": 1e-8,
    }),
    "Model.gradients": of("model", "gradients", dataset=DATA, loss_fn=LOSS, rule=RULE),
    "Model.learning_rate": of("model", "learning_rate", name=NAME, step=1),
    "Model.load": of("model", "load", path=FILE),
    "Model.load_history": of("model", "load_history", path=RUN),
    "Model.monte_carlo": of("model", "monte_carlo", dataset=DATA, loss_fn=LOSS, n=1),
    "Model.operating_points": of("model", "operating_points", inputs=X),
    "Model.plain_steps": of("model", "plain_steps", name=NAME),
    "Model.plot": of("model", "plot"),
    "Model.predict": of("model", "predict", dataset=X),
    "Model.programmed": lambda t: (t.model.programmed, {
        "name": NAME,
        "values": t.model.parameters[NAME],
        "change": np.zeros_like(t.model.parameters[NAME]),
    }),
    "Model.readings": of("model", "readings"),
    "Model.recorded_points": lambda t: (t.model.recorded_points, {"run": t.run}),
    "Model.reseed_noise": of("model", "reseed_noise", seed=1, epoch=1),
    "Model.restore": lambda t: (t.model.restore, {"values": dict(t.model.parameters)}),
    "Model.restore_noise": lambda t: (t.model.restore_noise, {"states": t.model.noise_state()}),
    "Model.runner": of("model", "runner"),
    "Model.save": of("model", "save", path="other.h5"),
    "Model.save_history": lambda t: (t.fitted[0].save_history, {"path": "kept.h5"}),
    "Model.schematic": of("model", "schematic"),
    "Model.simulator": of("model", "simulator"),
    "Model.sweep": of("model", "sweep", input="x[0]", values=[0.1, 0.2]),
    "Model.swings": of("model", "swings", inputs=X),
    "Model.to_networkx": of("model", "to_networkx"),
    "Model.to_pyspice": of("model", "to_pyspice", inputs=X),
    "Model.trained_with": of("model", "trained_with", run=RUN),
    "Model.transient": of(
        "model", "transient", inputs=X, capacitance=1e-12, duration=1e-6, n_steps=10
    ),
    "Model.vjp": lambda t: (t.model.vjp, {
        "points": t.points, "output_gradients": {"y": np.zeros((1, 1))},
    }),
    "Model.wire_drops": of("model", "wire_drops", inputs=X),
    "Model.write_netlist": of("model", "write_netlist", path="net.cir", inputs=X),
})  # fmt: skip
"""Methods of a model."""

OTHERS: Mapping[str, Callable[[Things], Call]] = MappingProxyType({
    "AnalogClassifier.decision_function": of("classifier", "decision_function", X=FEATURES),
    "AnalogClassifier.fit": of("classifier", "fit", X=FEATURES, y=[0, 1, 0, 1]),
    "AnalogClassifier.predict": of("classifier", "predict", X=FEATURES),
    "AnalogClassifier.predict_log_proba": of("classifier", "predict_log_proba", X=FEATURES),
    "AnalogClassifier.predict_proba": of("classifier", "predict_proba", X=FEATURES),
    "AnalogRegressor.fit": of("regressor", "fit", X=FEATURES, y=[0.0, 1.0, 0.0, 1.0]),
    "AnalogRegressor.predict": of("regressor", "predict", X=FEATURES),
    "BatchGenerator.batches": of_class(BatchGenerator(DATA).batches, seed=0, epoch=1),
    "BatchGenerator.order": of_class(BatchGenerator(DATA).order, seed=0, epoch=1),
    "Changes.plot": lambda t: (t.changes.plot, {}),
    "Chip.drawn": lambda t: (Chip.drawn, {"model": t.model, "spreads": {NAME: 0.1}, "seed": 0}),
    "Chip.load": reading(Chip.load, "chip.h5"),
    "Chip.load_csv": reading(Chip.load_csv, "chip.csv"),
    "Chip.of": lambda t: (Chip.of, {"deviations": t.chip.deviations, "units": t.chip.units}),
    "Chip.save": of("chip", "save", path="other_chip.h5"),
    "Chip.save_csv": of("chip", "save_csv", path="other_chip.csv"),
    "Chip.scaled": of("chip", "scaled", by=2.0),
    "ConfusionMatrix.plot": lambda t: (t.memristors.confusion(CLASSES).plot, {}),
    "DataSet.differential": of_class(DataSet.differential, x=[[0.1]]),
    "DataSet.subset": of_class(DATA.subset, indices=[0]),
    "Diagnosis.__getitem__": lambda t: (
        t.model.diagnose(DATA, LOSS).__getitem__, {"layer": "d0"},
    ),
    "Fit.__getitem__": lambda t: (t.fitted[1].__getitem__, {"index": 0}),
    "Flows.currents": lambda t: (t.points.flows().currents, {"layer": "d0"}),
    "Flows.power": lambda t: (t.points.flows().power, {"layer": "d0"}),
    "GradientCheck.plot": of("check", "plot"),
    "HiddenLayerNetwork.__call__": of_class(
        HiddenLayerNetwork(**NEEDED["HiddenLayerNetwork"]).__call__,
        n_features=2, n_outputs=1, seed=0,
    ),
    "Layer.__call__": of_class(
        lambda inputs: CurrentLayer(name="y")(inputs), inputs=InputVoltageLayer(units=2, name="x")
    ),
    "Layer.plot_iv": lambda t: (t.model.layers["down0"].plot_iv, {}),
    "LocalRule.__call__": of_class(ep_quantize.__call__, free=[[0.1]], nudged=[[0.2]]),
    "Loop.plot": of("loop", "plot"),
    "Measured.from_csv": reading(Measured.from_csv, "cell.csv"),
    "MeasuredPulses.from_csv": reading(MeasuredPulses.from_csv, "pulses.csv"),
    "MonteCarlo.plot": lambda t: (t.model.monte_carlo(DATA, LOSS, n=2).plot, {}),
    "MonteCarlo.yield_at": lambda t: (
        t.model.monte_carlo(DATA, LOSS, n=2).yield_at, {"accuracy": 0.5},
    ),
    "NativeBackend.explain": lambda t: (NativeBackend().explain, {"model": t.model}),
    "OperatingPoints.at": of("points", "at", layer="d0"),
    "OperatingPoints.balance": of("points", "balance", detail="powers"),
    "OperatingPoints.column_currents": of("points", "column_currents", layer="d0"),
    "OperatingPoints.currents": of("points", "currents", layer="d0"),
    "OperatingPoints.has_values_of": lambda t: (t.points.has_values_of, {"other": t.points}),
    "OperatingPoints.joined": lambda t: (t.points.joined, {"parts": [t.points]}),
    "OperatingPoints.power": of("points", "power", layer="d0"),
    "OperatingPoints.row_currents": of("points", "row_currents", layer="d0"),
    "OperatingPoints.subset": of("points", "subset", rows=[0]),
    "Optimizer.load_state": lambda t: (t.optimizer.load_state, {"path": t.file("state.h5")}),
    "Optimizer.save_state": of("optimizer", "save_state", path="other_state.h5"),
    "Optimizer.slot": lambda t: (
        optimizers.SGDMomentum(t.model).slot, {"name": NAME, "slot": "velocity"},
    ),
    "Optimizer.step": lambda t: (t.optimizer.step, {"gradients": t.gradients}),
    "ParameterCheck.bits": lambda t: (t.check.parameters[NAME].bits, {"place": 0}),
    "ParameterCheck.series": lambda t: (t.check.parameters[NAME].series, {"name": "angle"}),
    "Parameters.__contains__": lambda t: (t.model.parameters.__contains__, {"name": NAME}),
    "Parameters.__getitem__": lambda t: (t.model.parameters.__getitem__, {"name": NAME}),
    "Parameters.__setitem__": lambda t: (t.model.parameters.__setitem__, {
        "name": NAME, "value": t.model.parameters[NAME],
    }),
    "Parameters.adopt": lambda t: (t.model.parameters.adopt, {"values": {}}),
    "Parameters.assign": lambda t: (t.model.parameters.assign, {"values": {}}),
    "Parameters.get": lambda t: (t.model.parameters.get, {"name": NAME}),
    "Parameters.load_csv": lambda t: (t.model.parameters.load_csv, {
        "name": NAME, "path": t.file("values.csv"),
    }),
    "Parameters.load_npz": lambda t: (
        t.model.parameters.load_npz, {"path": t.file("values.npz")},
    ),
    "Parameters.save_csv": lambda t: (t.model.parameters.save_csv, {
        "name": NAME, "path": "s.csv",
    }),
    "Parameters.save_npz": lambda t: (t.model.parameters.save_npz, {"path": "s.npz"}),
    "Parameters.unit": lambda t: (t.model.parameters.unit, {"name": NAME}),
    "Parameters.with_others": lambda t: (t.model.parameters.with_others, {"values": {}}),
    "Phase.conductances": lambda t: (t.run.phase().conductances, {"element": "d0"}),
    "Phase.currents": lambda t: (t.run.phase().currents, {"element": "d0"}),
    "Phase.drops": lambda t: (t.run.phase().drops, {"element": "d0"}),
    "Recorded.__getitem__": lambda t: (t.run.voltages().__getitem__, {"index": 0}),
    "Run.compare": lambda t: (t.run.compare, {"paths": [RUN]}),
    "RecordedArrays.currents": of("run", "currents", element="d0"),
    "RecordedArrays.injected": of("run", "injected", output="y"),
    "Run.open": of_class(Run.open, path=RUN, probe=False),
    "RecordedArrays.parameter_history": of("run", "parameter_history", name=NAME),
    "RecordedArrays.phase": of("run", "phase"),
    "Run.plot": of("run", "plot"),
    "RecordedArrays.power": of("run", "power"),
    "RecordedArrays.recorded": of("run", "recorded", place=f"parameters/{NAME}"),
    "Run.report": of("run", "report"),
    "RecordedArrays.voltages": of("run", "voltages"),
    "Schematic.save": lambda t: (t.model.schematic().save, {"path": "net.svg"}),
    "Schedule.__call__": of_class(CosineDecay(1e-7, 10).__call__, step=1),
    "SpiceBlock.check": of("block", "check", n_samples=1),
    "SpiceBlock.from_file": lambda t: (
        lambda path, subcircuit_name=None, section=None: SpiceBlock.from_file(
            path, subcircuit_name, section=section, name="b", inputs=["a"], outputs=["b"]
        ),
        {"path": t.file("part.lib")},
    ),
    "StanfordModel.checked_gap": of_class(CELL.checked_gap, gap=1e-9),
    "StanfordModel.checked_voltage": of_class(CELL.checked_voltage, voltage=1.0, compliance=1.0),
    "StanfordModel.conductance": of_class(CELL.conductance, gap=1e-9),
    "StanfordModel.current": of_class(CELL.current, voltage=0.1, gap=1e-9),
    "StanfordModel.gap_of": of_class(CELL.gap_of, conductance=1e-5),
    "StanfordModel.moved": of_class(CELL.moved, gap=1e-9, voltage=1.0, duration=1e-9),
    "Sweep.at": lambda t: (t.model.sweep("x[0]", [0.1, 0.2]).at, {"layer": "d0"}),
    "Sweep.gains": lambda t: (t.model.sweep("x[0]", [0.1, 0.2]).gains, {}),
    "Sweep.plot": lambda t: (t.model.sweep("x[0]", [0.1, 0.2]).plot, {}),
    "TrainableLayers.__contains__": lambda t: (t.model.trainable.__contains__, {"layer": "d0"}),
    "TrainableLayers.__getitem__": lambda t: (t.model.trainable.__getitem__, {"layer": "d0"}),
    "TrainableLayers.__setitem__": lambda t: (t.model.trainable.__setitem__, {
        "layer": "d0", "is_trainable": True,
    }),
    "TrainableLayers.get": lambda t: (t.model.trainable.get, {"layer": "d0"}),
    "Transient.part": of("transient", "part", phase=0),
    "Transient.plot": of("transient", "plot"),
    "Transient.settling_times": of("transient", "settling_times"),
    "Twin.drawn": lambda t: (Twin.drawn, {"model": t.model, "spreads": {NAME: 0.1}, "seed": 0}),
    "Twin.load": reading(Twin.load, "twin.h5"),
    "Twin.load_csv": reading(Twin.load_csv, "twin.csv"),
    "Twin.save": of("twin", "save", path="other_twin.h5"),
    "Twin.save_csv": of("twin", "save_csv", path="other_twin.csv"),
    "Twin.scaled": of("twin", "scaled", by=2.0),
})  # fmt: skip
"""Methods of everything else."""
