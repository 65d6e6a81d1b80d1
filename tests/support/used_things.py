"""A trained network, and what a user has of it: points, runs, chips, files."""

from functools import cached_property
from pathlib import Path
from typing import Any

from ebana_memristor import Drift, MemristorLayer, ReadDisturb, Stanford, StanfordModel, sweep
from ebana_memristor.waveforms import Waveform, triangular

from ebana_core import Model, Run, losses, optimizers
from ebana_core.backends import OperatingPoints
from ebana_core.chips import Chip, Twin
from ebana_core.layers import CurrentLayer, InputVoltageLayer, SpiceBlock
from ebana_core.metrics import Metrics
from ebana_core.optimizers import Optimizer
from ebana_core.rules import EquilibriumPropagation
from ebana_core.sklearn import AnalogClassifier, AnalogRegressor
from ebana_core.training.history import Fit
from tests.support.given_settings import DATA, DRAWN, NEEDED
from tests.support.networks import layered_model

X = {"x": [[0.1, 0.2]]}
FEATURES = [[0.0, 0.1], [1.0, 0.9], [0.1, 0.0], [0.9, 1.0]]
RUN, FILE, NAME = "run.h5", "model.h5", "d0.conductance"
RULE, LOSS = EquilibriumPropagation(1e-8), losses.MSE()


class Things:
    """Each is made when it is first asked for; files lie in the present folder."""

    @cached_property
    def model(self) -> Model:
        """Recorded into `RUN`, saved as `FILE`."""
        model = layered_model((2, 3, 2), (4.0,), seed=0)
        metrics = Metrics(
            verbose=False,
            save_output_voltages="every",
            save_injected_currents="every",
            save_power_params="every",
            save_branch_currents="every",
        )
        sgd = optimizers.SGD(model)
        model.fit(DATA, LOSS, sgd, beta=1e-8, run=RUN, metrics=metrics)
        model.save(FILE)
        return model

    @cached_property
    def fitted(self) -> tuple[Model, Fit]:
        """A model whose last fit went well, and that fit."""
        model = layered_model((2, 3, 2), (4.0,), seed=0)
        return model, model.fit(DATA, LOSS, optimizers.SGD(model), beta=1e-8, verbose=False)

    @cached_property
    def memristors(self) -> Model:
        """Cells that drift and that reads disturb, with two predictions."""
        x = InputVoltageLayer(units=2, name="x")
        effects = [Drift(sigma=0.1), ReadDisturb()]
        cells = MemristorLayer(
            name="m", units=2, lr=1e-8, initializer=DRAWN, cell=Stanford(), effects=effects
        )
        return Model([x], [CurrentLayer(name="y", fold=False)(cells(x))], seed=0)

    @cached_property
    def points(self) -> OperatingPoints:
        return self.model.operating_points(X)

    @cached_property
    def run(self) -> Run:
        assert self.model
        return Run.open(RUN)

    @cached_property
    def optimizer(self) -> Optimizer:
        return optimizers.SGD(self.model)

    @cached_property
    def gradients(self) -> dict[str, Any]:
        return self.model.gradients(DATA, LOSS, RULE)

    @cached_property
    def changes(self) -> Any:
        return self.model.changes(DATA, LOSS, beta=1e-8)

    @cached_property
    def chip(self) -> Chip:
        return Chip.drawn(self.model, {NAME: 0.1}, seed=0)

    @cached_property
    def twin(self) -> Twin:
        return Twin(self.chip, self.chip)

    @cached_property
    def check(self) -> Any:
        return self.model.check_gradient(DATA, RULE, LOSS, strengths=[1e-8, 1e-7])

    @cached_property
    def transient(self) -> Any:
        return self.model.transient(X, capacitance=1e-12, duration=1e-6, n_steps=10)

    @cached_property
    def waveform(self) -> Waveform:
        return triangular(1.0, 1e-6, n_steps=10)

    @cached_property
    def loop(self) -> Any:
        return sweep(StanfordModel(), self.waveform)

    @cached_property
    def block(self) -> SpiceBlock:
        return SpiceBlock(**NEEDED["SpiceBlock"])

    @cached_property
    def classifier(self) -> AnalogClassifier:
        return AnalogClassifier(epochs=1, hidden_units=2).fit(FEATURES, [0, 1, 0, 1])

    @cached_property
    def regressor(self) -> AnalogRegressor:
        return AnalogRegressor(epochs=1, hidden_units=2).fit(FEATURES, [0.0, 1.0, 0.0, 1.0])

    def file(self, name: str) -> str:
        """Return the name of a file that is written where it is not there yet."""
        if not Path(name).exists():
            written = {
                "chip.h5": lambda: self.chip.save(name),
                "chip.csv": lambda: self.chip.save_csv(name),
                "twin.h5": lambda: self.twin.save(name),
                "twin.csv": lambda: self.twin.save_csv(name),
                "state.h5": lambda: self.optimizer.save_state(name),
                "values.csv": lambda: self.model.parameters.save_csv(NAME, name),
                "values.npz": lambda: self.model.parameters.save_npz(name),
                "part.lib": lambda: Path(name).write_text(NEEDED["SpiceBlock"]["subcircuit"]),
                "cell.csv": lambda: Path(name).write_text("voltage,current\n-1,-1e-5\n0,0\n1,1e-5"),
                "pulses.csv": lambda: Path(name).write_text("ltp,ltd\n1e-6,1e-5\n1e-5,1e-6"),
            }
            written[name]()
        return name
