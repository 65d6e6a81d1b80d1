"""The demo networks, their data and how they are trained; devices come from the registry."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from ebana_core import initializers, schedules
from ebana_core.data import DataSet
from ebana_core.errors import MissingLibraryError
from ebana_core.losses import MSE, CrossEntropyLoss, Loss
from ebana_core.model import Model
from ebana_core.registry import Registry

GATE_INPUTS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])
"""Zero and one as voltages around ground, V."""


@attrs.frozen(kw_only=True)
class Demo:
    """A network to train.

    Args:
        title: For people.
        model: Builds the model from a registry and a seed.
        train: Training samples.
        test: Test samples.
        loss: Loss of every output.
        beta: Nudging strength, S.
        epochs: How many it needs.
        batch_size: Samples per step.
    """

    title: str
    model: Callable[[Registry, int], Model]
    train: DataSet
    test: DataSet
    loss: Loss
    beta: float
    epochs: int
    batch_size: int


def two_layers(
    n_in: int, n_out: int, output: str, *, lr: float, steps: int
) -> Callable[[Registry, int], Model]:
    """Return a builder of inputs, crossbar, two diodes, amplifier, crossbar, outputs."""

    def build(registry: Registry, seed: int) -> Model:
        layer = {name: registry.device(name) for name in ("input", "bias", "dense", "current")}
        conductances = initializers.RandomUniform(1e-7, 1e-5, 1e-8, 1e-4)
        rate = schedules.CosineDecay(lr, steps, 0.1)
        xp, xn = (layer["input"](units=n_in, name=name) for name in ("xp", "xn"))
        bias = layer["bias"](units=2, name="bias", bias_voltage=[1.0, -1.0])
        joined = registry.device("concatenate")(name="joined")([xp, xn, bias])
        hidden = layer["dense"](units=10, name="d1", lr=rate, initializer=conductances)(joined)
        for direction in ("down", "up"):
            hidden = registry.device("diode")(
                name=f"act_{direction}", direction=direction, param={"VTH": 0.1}
            )(hidden)
        amplified = registry.device("amplification")(name="amp", param={"gain": 4.0})(hidden)
        dense = layer["dense"](units=2 * n_out, name="d_out", lr=rate, initializer=conductances)(
            amplified
        )
        outputs = [layer["current"](name=output)(dense)]
        return Model(inputs=[xp, xn, bias], outputs=outputs, seed=seed)

    return build


def gates(targets: list[list[float]], output: str, title: str, epochs: int) -> Demo:
    """Return a demo that learns truth tables."""
    data = DataSet.differential(GATE_INPUTS, {output: np.array(targets)})
    n_out = len(targets[0])
    return Demo(
        title=title,
        model=two_layers(2, n_out, output, lr=4e-7, steps=epochs),
        train=data,
        test=data,
        loss=MSE(output_midpoint=0.5),
        beta=1e-7,
        epochs=epochs,
        batch_size=4,
    )


def xor() -> Demo:
    """Return the exclusive or."""
    return gates([[0.0], [1.0], [1.0], [0.0]], "xor", "XOR", 300)


def digital_gates() -> Demo:
    """Return OR, AND and XOR as three outputs of one network."""
    targets = [[0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    return gates(targets, "gates", "OR, AND and XOR", 300)


def iris() -> Demo:
    """Return Fisher's irises, 105 to train and 45 to test.

    Raises:
        MissingLibraryError: scikit-learn, which holds the data, is not installed.
    """
    try:
        from sklearn.datasets import load_iris
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise MissingLibraryError(
            "The iris demo needs scikit-learn, which is not installed.",
            "type: pip install 'ebana-core[examples]'",
        ) from error
    flowers = load_iris()
    scaled = (flowers.data - flowers.data.min(axis=0)) / np.ptp(flowers.data, axis=0)
    targets = np.eye(3)[flowers.target]
    train, test = train_test_split(
        np.arange(150), test_size=45, stratify=flowers.target, random_state=0
    )
    data = DataSet.differential(scaled - 0.5, {"iris": targets})
    epochs = 60
    return Demo(
        title="Iris",
        model=two_layers(4, 3, "iris", lr=4e-7, steps=7 * epochs),
        train=data.subset(train),
        test=data.subset(test),
        loss=CrossEntropyLoss(),
        beta=1e-7,
        epochs=epochs,
        batch_size=15,
    )


DEMOS: Mapping[str, Callable[[], Demo]] = MappingProxyType(
    {"xor": xor, "gates": digital_gates, "iris": iris}
)
"""Demo name to what makes it."""


def right_answers(demo: Demo, raw: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many answers on the test set are right, of how many.

    Classes are judged by the largest output, truth values one by one.
    """
    assert demo.test.outputs is not None
    ((name, target),) = demo.test.outputs.items()
    if isinstance(demo.loss, CrossEntropyLoss):
        return int((raw[name].argmax(1) == target.argmax(1)).sum()), len(target)
    return int(((raw[name] >= 0.5) == (target >= 0.5)).sum()), target.size
