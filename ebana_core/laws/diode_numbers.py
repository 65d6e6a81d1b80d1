"""The numbers of a SPICE diode model that count at DC, and their laws of temperature."""

from typing import Any, final

import attrs

from ebana_core.arrays import Array, Values, everywhere, host, namespace
from ebana_core.errors import ParameterError
from ebana_core.laws.diode_terms import Breakdown, Diffusion, Recombination, Tunnel
from ebana_core.laws.spice_constants import GMIN, NOMINAL, potential_shift, thermal_voltage

MATCHINGS = 25
"""Largest number of rounds that fit the breakdown voltage to the current there."""
LARGEST_GRADING = 0.9
"""Largest grading coefficient at temperature; ngspice caps it there, too."""


@final
@attrs.frozen
class DiodeNumbers:
    """The numbers of a diode other than IS, N, RS and temperature, by SPICE's names in lower case.

    None: not given, so that the term is absent. The breakdown's emission coefficient `nbv` is
    then N. Units: eV for `eg`; V for `bv`, `vj`; A for `ibv`, `isr`, `jsw`, `jtun`, `jtunsw`,
    `ikf` and `ikr`; K for `tnom`; per kelvin for `trs1`, `tcv` (V/K where `tlev` is 0), `tm1`,
    `tpb` (V/K); per kelvin squared for `trs2`, `tm2`; S for `gmin`, which is the
    circuit's.

    Source:
        ngspice 39, src/spicelib/devices/dio: dio.c, diosetup.c, diotemp.c.
    """

    eg: float = 1.11
    xti: float = 3.0
    tnom: float = NOMINAL
    bv: float | None = None
    ibv: float = 1e-3
    nbv: float | None = None
    tcv: float = 0.0
    tlev: float = 0
    ikf: float = 0.0
    ikr: float = 0.0
    isr: float | None = None
    nr: float = 1.0
    vj: float = 1.0
    m: float = 0.5
    fc: float = 0.5
    tm1: float = 0.0
    tm2: float = 0.0
    tpb: float = 0.0
    tlevc: float = 0
    jsw: float = 0.0
    ns: float | None = None
    jtun: float = 0.0
    jtunsw: float = 0.0
    ntun: float = 30.0
    xtitun: float = 3.0
    keg: float = 1.0
    trs1: float = 0.0
    trs2: float = 0.0
    area: float = 1.0
    multiplier: float = 1.0
    pj: float = 0.0
    level: float = 1.0
    gmin: float = GMIN


@final
@attrs.frozen(eq=False)
class DiodeTerms:
    """The terms that add up to a diode's current, at its temperature.

    Args:
        diffusions: Of the junction and of its side wall.
        recombination: None: none of it.
        tunnels: Of the junction and of its side wall.
        forward_knee: A, above zero; None: none.
        reverse_knee: Likewise.
        resistance: In series, ohms.
        gmin: Across the junction, S.
    """

    diffusions: tuple[Diffusion, ...]
    recombination: Recombination | None
    tunnels: tuple[Tunnel, ...]
    forward_knee: float | None
    reverse_knee: float | None
    resistance: Array
    gmin: float = GMIN

    @property
    def smooth(self) -> tuple[Diffusion | Tunnel, ...]:
        """Terms whose integrals are formulas."""
        return (*self.diffusions, *self.tunnels)

    @property
    def edge(self) -> Array:
        """Drop below which the reverse law holds, V."""
        return self.diffusions[0].edge


def diode_terms(n: DiodeNumbers, values: Values) -> DiodeTerms:
    """Return the terms of diodes.

    Args:
        n: Numbers of the model.
        values: IS, N, RS and temperature.
    """
    temperature, emission = values["temperature"], values["N"]
    size = n.area * n.multiplier
    thermal = thermal_voltage(temperature)
    saturation = size * _grown(values["IS"], emission, n.eg, n.xti, n, temperature)
    voltage = emission * thermal
    breakdown = None if n.bv is None else _breakdown(n, saturation, thermal, emission, temperature)
    diffusions = [Diffusion(saturation, voltage, breakdown)]
    if n.jsw:
        wall = n.pj * n.multiplier * _grown(n.jsw, n.ns or 1.0, n.eg, n.xti, n, temperature)
        # A side wall without an emission coefficient of its own adds to the junction.
        if n.ns is None:
            diffusions[0] = attrs.evolve(diffusions[0], saturation=saturation + wall)
        elif n.pj:
            diffusions.append(Diffusion(wall, n.ns * thermal, breakdown))
    recombination = None
    if n.isr:
        recombination = _recombination(n, size * n.isr, thermal, diffusions[0].edge, temperature)
    tunnels = tuple(
        Tunnel(
            amount * _grown(1.0, n.ntun, n.keg * n.eg, n.xtitun, n, temperature), n.ntun * thermal
        )
        for amount in (n.jtun * size, n.jtunsw * n.pj * n.multiplier)
        if amount
    )
    return DiodeTerms(
        tuple(diffusions),
        recombination,
        tunnels,
        n.ikf * size or None,
        n.ikr * size or None,
        values["RS"] / size * _stretched(n, temperature),
        n.gmin,
    )


def _grown(
    saturation: Any, emission: Any, gap: float, exponent: float, n: DiodeNumbers, temperature: Array
) -> Array:
    """Return a saturation current at temperature, A."""
    xp, ratio = namespace(temperature), temperature / n.tnom
    power = (ratio - 1) * gap / (emission * thermal_voltage(temperature))
    return saturation * xp.exp(power + exponent / emission * xp.log(ratio))


def _stretched(n: DiodeNumbers, temperature: Array) -> Array:
    """Return the factor by which temperature changes the series resistance."""
    warmer = temperature - n.tnom
    factor = 1 + n.trs1 * warmer + n.trs2 * warmer**2
    if not everywhere(factor > 0):
        raise ParameterError(
            f"A diode's series resistance is multiplied by {float(host(factor).min())!r} at its "
            f"temperature: TRS1={n.trs1!r}, TRS2={n.trs2!r}.",
            "give coefficients that leave a resistance above zero",
        )
    return factor


def _breakdown(
    n: DiodeNumbers, saturation: Array, thermal: Array, emission: Array, temperature: Array
) -> Breakdown:
    """Return the breakdown: where its exponential equals the saturation current, and its scale.

    ngspice fits it so that the current at BV is IBV, in rounds that end at a relative difference
    of its ``reltol``; here they go on until nothing changes.
    """
    xp, warmer = namespace(saturation), temperature - n.tnom
    assert n.bv is not None
    steepness = (emission if n.nbv is None else n.nbv) * thermal
    cooled = 1 - n.tcv * warmer if n.tlev else 1 - n.tcv / n.bv * warmer
    voltage = n.bv * cooled + 0 * saturation
    # Level 1 leaves the area out.
    current = n.multiplier * n.ibv * (1.0 if n.level == 1 else n.area)
    # A current below that of the reverse law at BV cannot be met: then the breakdown begins at BV
    # itself, and ngspice says that it raised IBV.
    is_small = current < saturation * voltage / thermal
    relative = xp.where(is_small, saturation * voltage / thermal, current) / saturation
    fitted = voltage - steepness * xp.log(1 + relative)
    for _ in range(MATCHINGS):
        before = fitted
        fitted = voltage - steepness * xp.log(relative + 1 - fitted / thermal)
        if everywhere(fitted == before):
            break
    return Breakdown(xp.where(is_small, voltage, fitted), steepness)


def _recombination(
    n: DiodeNumbers, saturation: float, thermal: Array, edge: Array, temperature: Array
) -> Recombination:
    xp = namespace(temperature)
    potential = _potential(n, temperature)
    warmer = temperature - n.tnom
    grading = xp.minimum(n.m * (1 + n.tm1 * warmer + n.tm2 * warmer**2), LARGEST_GRADING + 0 * edge)
    current = _grown(saturation, n.nr, n.eg, n.xti, n, temperature)
    return Recombination(current, n.nr * thermal, potential, grading, edge)


def _potential(n: DiodeNumbers, temperature: Array) -> Array:
    """Return the junction's potential at temperature, V."""
    xp = namespace(temperature)
    if n.tlevc:
        potential = n.vj - n.tpb * (temperature - NOMINAL)
    else:
        nominal = n.tnom + 0 * temperature
        at_reference = (n.vj - potential_shift(nominal)) / (nominal / NOMINAL)
        potential = potential_shift(temperature) + temperature / NOMINAL * at_reference
    if not everywhere(potential > 0):
        lowest = float(host(potential).min())
        raise ParameterError(
            f"A diode's junction potential is {lowest!r} V at its temperature (VJ={n.vj!r}).",
            "give a larger VJ or another temperature",
        )
    if n.fc <= 0:
        return potential
    # ngspice limits the potential to 1/FC.
    return xp.where(potential > 1 / n.fc, 1 / n.fc, potential)


NUMBERS = DiodeNumbers()
"""The numbers of a diode whose model gives none."""
