"""The peer circulax: Newton's method, mapped over samples by JAX, with KLU.

Usage: python circulax_peer.py CIRCUIT.npz ANSWER.npy SECONDS
"""

from collections import defaultdict
from importlib.metadata import version
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from circulax import compile_circuit
from circulax.components.base_component import component
from circulax.components.electronic import Resistor, VoltageSource
from peer_io import answer, circuit

TOLERANCE = 1e-12
"""Of Newton's steps, V. With the default, 1e-6, voltages are that far from right."""
LEAK = 1e-15
"""Conductance of every node in the Jacobian alone, S; the default would slow Newton's method."""


@component(ports=("p1", "p2"))
def Ramp(signals: Any, s: Any, VTH: float = 0.1, RON: float = 1.0, ROFF: float = 1e20) -> Any:  # noqa: N802, N803  # its netlists name classes and settings so
    """Conduct beyond a threshold."""
    over = signals.p1 - signals.p2 - VTH
    current = jnp.maximum(over / RON, over / ROFF)
    return {"p1": current, "p2": -current}, {}


@component(ports=("before", "behind"), states=("drawn",))
def Amplifier(signals: Any, s: Any, gain: float = 1.0) -> Any:  # noqa: N802  # as above
    """Hold a node at a multiple of another one, and hand its current back to that, divided."""
    held = signals.behind - gain * signals.before
    return {"before": -s.drawn / gain, "behind": s.drawn, "drawn": held}, {}


def described(given: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[int, str]]:
    """Return the netlist, and a port of every node."""
    instances: dict[str, Any] = {"GND": {"component": "ground"}}
    ports: dict[int, list[str]] = defaultdict(list)
    ports[0].append("GND,p1")

    def add(name: str, kind: str, nodes: dict[str, int], **settings: float) -> None:
        values = {key: float(value) for key, value in settings.items()}
        instances[name] = {"component": kind, "settings": values}
        for port, node in nodes.items():
            ports[int(node)].append(f"{name},{port}")

    for k, node in enumerate(given["input_nodes"]):
        add(f"v{k}", "source", {"p1": node, "p2": 0}, V=0.0)
    for k, conductance in enumerate(given["conductances"]):
        ends = {"p1": given["heads"][k], "p2": given["tails"][k]}
        add(f"r{k}", "resistor", ends, R=1 / conductance)
    for k, head in enumerate(given["ramp_heads"]):
        values = {name: given[f"ramp_{name}"][k] for name in ("VTH", "RON", "ROFF")}
        add(f"d{k}", "ramp", {"p1": head, "p2": given["ramp_tails"][k]}, **values)
    for k, gain in enumerate(given["gains"]):
        ends = {"before": given["amp_inputs"][k], "behind": given["amp_outputs"][k]}
        add(f"a{k}", "amplifier", ends, gain=gain)
    joined = {first: tuple(others) for first, *others in ports.values() if others}
    return {"instances": instances, "connections": joined}, {n: p[0] for n, p in ports.items()}


def main() -> None:
    """Solve batches of samples."""
    jax.config.update("jax_enable_x64", True)
    given = circuit()
    net, ports = described(given)
    models = {
        "source": VoltageSource,
        "resistor": Resistor,
        "ramp": Ramp,
        "amplifier": Amplifier,
    }
    compiled = compile_circuit(net, models, backend="klu", g_leak=LEAK)
    group = compiled.groups["source"]
    order = np.array([group.index_map[f"v{k}"] for k in range(len(given["input_nodes"]))])
    sources = np.empty_like(given["inputs"])
    sources[:, order] = given["inputs"]

    def point(voltages: Any) -> Any:
        driven = eqx.tree_at(lambda g: g.params.V, group, voltages)
        groups = {**compiled.groups, "source": driven}
        start = jnp.zeros(compiled.sys_size)
        return compiled.solver.solve_dc(groups, start, rtol=TOLERANCE, atol=TOLERANCE)

    batch, nodes = jax.jit(jax.vmap(point)), sorted(ports)
    places = np.array([compiled.port_map[ports[n]] if n else 0 for n in nodes])

    def solve() -> np.ndarray:
        found = np.full((len(sources), int(given["n_nodes"])), np.nan)
        found[:, nodes] = np.asarray(batch(sources))[:, places]
        found[:, 0] = 0.0
        return found

    answer(version("circulax"), solve)


if __name__ == "__main__":
    main()
