"""The words of SPICE models of MOS transistors, levels 1 and 3, and their numbers."""

import math
from collections.abc import Mapping

import numpy as np

from ebana_core.errors import ParameterError
from ebana_core.laws.known_words import KnownWords, named
from ebana_core.laws.mosfet import Mosfet, Mosfet1
from ebana_core.laws.mosfet_level3 import Mosfet3
from ebana_core.laws.spice_constants import (
    BOLTZMANN,
    CHARGE,
    GMIN,
    NOMINAL,
    ZERO_CELSIUS,
    band_gap,
    potential_shift,
)
from ebana_core.quantities import Quantity

VACUUM = 8.854214871e-12
"""F/m, as ngspice's MOS transistors have it (mos1temp.c)."""
OXIDE, SILICON = 3.9 * VACUUM, 11.7 * VACUUM
INTRINSIC = 1.45e16
"""Carriers per cubic metre, at 300 K in level 3."""
STATES = 1e4 * CHARGE
"""Factor from fast surface states, 1/cm², to charge, C/m²."""
LIMITS = {"w": 1e-4, "l": 1e-4}
"""Sizes of a transistor that gives none, m."""

COMMON = (
    Quantity("level", "1", 1.0),
    Quantity("tnom", "°C", 27.0, above=-ZERO_CELSIUS),
    Quantity("vto", "V", 0.0),
    Quantity("kp", "A/V^2", 2e-5, at_least=0.0),
    Quantity("gamma", "V^0.5", 0.0, at_least=0.0),
    Quantity("phi", "V", 0.6, above=0.0),
    Quantity("is", "A", 1e-14, at_least=0.0),
    Quantity("js", "A/m^2", 0.0, at_least=0.0),
    Quantity("rd", "ohm", 0.0, at_least=0.0),
    Quantity("rs", "ohm", 0.0, at_least=0.0),
    Quantity("rsh", "ohm", 0.0, at_least=0.0),
    Quantity("ld", "m", 0.0),
    Quantity("u0", "cm^2/(V s)", 600.0, above=0.0),
    Quantity("nsub", "1/cm^3", 0.0, at_least=0.0),
    Quantity("nss", "1/cm^2", 0.0),
    Quantity("tpg", "1", 1.0, at_least=-1.0, at_most=1.0),
    Quantity("w", "m", above=0.0),
    Quantity("l", "m", above=0.0),
)
OF_1 = (Quantity("lambda", "1/V", 0.0), Quantity("tox", "m", 0.0, at_least=0.0))
OF_3 = (
    Quantity("tox", "m", 1e-7, above=0.0),
    Quantity("vmax", "m/s", 0.0, at_least=0.0),
    Quantity("theta", "1/V", 0.0),
    Quantity("eta", "1", 0.0),
    Quantity("kappa", "1", 0.2, at_least=0.0),
    Quantity("delta", "1", 0.0),
    Quantity("xj", "m", 0.0, at_least=0.0),
    Quantity("nfs", "1/cm^2", 0.0, at_least=0.0),
    Quantity("wd", "m", 0.0),
    Quantity("xl", "m", 0.0),
    Quantity("xw", "m", 0.0),
    Quantity("delvto", "V", 0.0),
)
SILENT = named("""
        cbd cbs cgso cgdo cgbo cj mj cjsw mjsw pb fc kf af
    """)
"""Words of ngspice's without effect at DC: charges, their grading, noise."""
OTHERS = named("""
        mfg type n rg rb jssw pbsw ttt tt xqc neff ucrit uexp utra nlev gdsnoi
        capmod xpart vds ron qg wlambda
    """)
"""Words of vendors and of other simulators."""
SHUNT = {"rds": "is a resistance of PSpice's between drain and source"}
NAMES = {"vt0": "vto", "uo": "u0", "delvt0": "delvto"}


def _words(level: int, own: tuple[Quantity, ...], others: frozenset[str]) -> KnownWords:
    return KnownWords(
        device=f"a MOS transistor of level {level}",
        law={item.name: item for item in (*COMMON, *own)},
        whole=frozenset(["level", "tpg"]),
        other_names=NAMES,
        silent=SILENT,
        left_out=OTHERS | others,
        refused=SHUNT,
    )


MOSFET: Mapping[int, KnownWords] = {
    1: _words(1, OF_1, frozenset(item.name for item in OF_3) - {"tox"}),
    3: _words(3, OF_3, frozenset(["lambda", "xd", "alpha", "input_delta"])),
}
"""By level.

Source:
    ngspice 39, src/spicelib/devices: mos1/mos1.c, mos3/mos3.c.
"""


def mosfet_of(
    found: Mapping[str, float],
    sign: int,
    sizes: Mapping[str, float],
    temperature: float,
    place: str = "A transistor",
) -> Mosfet:
    """Return a transistor.

    Args:
        found: Words of its model that are given.
        sign: 1 for an n channel, -1 for a p channel.
        sizes: w, l (m), ad, as (m²), nrd, nrs and m of one transistor.
        temperature: K.
        place: What errors call it.

    Raises:
        ParameterError: Sizes or doping that leave no transistor.

    Source:
        ngspice 39, src/spicelib/devices: mos1/mos1temp.c, mos3/mos3temp.c.
    """
    level = 3 if found.get("level", 1.0) == 3 else 1
    law = MOSFET[level].law
    n = {name: item.default or 0.0 for name, item in law.items()} | dict(found)
    width, length = (sizes.get(key, n[key] or LIMITS[key]) for key in ("w", "l"))
    count = sizes.get("m", 1.0)
    # Drain and source diffuse under the gate from both ends.
    length += n.get("xl", 0.0) - 2 * n["ld"]
    width += n.get("xw", 0.0) - 2 * n.get("wd", 0.0)
    if not (length > 0 and width > 0):
        raise ParameterError(
            f"{place} has a channel of {width!r} m by {length!r} m, less LD and WD.",
            "give it a width and a length above zero",
        )
    nominal = n["tnom"] + ZERO_CELSIUS if "tnom" in found else NOMINAL
    n |= _doped(n, found, sign, nominal, level, place)
    n |= _warmed(n, sign, nominal, temperature, place)
    n["beta"] *= count * width / length
    drain, source = sizes.get("ad", 0.0), sizes.get("as", 0.0)
    # JS counts only with both areas; else IS stands for a whole junction.
    has_areas = n["js"] and drain and source
    n["drain_saturation"] = count * (n["js"] * drain if has_areas else n["is"])
    n["source_saturation"] = count * (n["js"] * source if has_areas else n["is"])
    for key, squares in (("rd", "nrd"), ("rs", "nrs")):
        sheet = n["rsh"] * sizes.get(squares, 1.0)
        if key in found and not n[key] and sheet:
            raise ParameterError(
                f"{place} has {key}=0 beside rsh={n['rsh']!r}, where ngspice cuts the line.",
                f"leave {key} out",
            )
        n[key] = (n[key] if key in found else sheet) / count
    n["temperature"], n["gmin"] = temperature, GMIN
    if level == 1:
        return Mosfet1(sign, n)
    n |= _short(n, width, length)
    return Mosfet3(sign, n)


def _doped(
    n: Mapping[str, float],
    found: Mapping[str, float],
    sign: int,
    nominal: float,
    level: int,
    place: str,
) -> dict[str, float]:
    """Return the numbers that are not given, as they follow from oxide and doping."""
    result: dict[str, float] = {}
    if not n["tox"]:
        return result
    oxide, gap = OXIDE / n["tox"], float(band_gap(np.array(nominal)))
    result["oxide"] = oxide
    if "kp" not in found:
        result["kp"] = n["u0"] * oxide * 1e-4
    if "nsub" not in found:
        return result
    doping, intrinsic = n["nsub"] * 1e6, INTRINSIC
    if level == 3:
        warm = (nominal / 300) ** 1.5
        intrinsic *= warm * math.exp(0.5 * gap * (1 / 300 - 1 / nominal) / (BOLTZMANN / CHARGE))
    if not doping > intrinsic:
        raise ParameterError(
            f"{place} is of a model with nsub={n['nsub']!r}, less than silicon has by itself.",
            "give the doping in 1/cm^3",
        )
    phi = n["phi"]
    if "phi" not in found:
        thermal = BOLTZMANN / CHARGE * nominal
        phi = result["phi"] = max(0.1, 2 * thermal * math.log(doping / intrinsic))
    gamma = n["gamma"]
    if "gamma" not in found:
        gamma = result["gamma"] = math.sqrt(2 * SILICON * CHARGE * doping) / oxide
    if "vto" not in found:
        # TPG: polysilicon doped against the substrate (1) or like it (-1), or aluminium (0).
        gate = 3.25 + 0.5 * gap - sign * n["tpg"] * 0.5 * gap if n["tpg"] else 3.2
        apart = gate - (3.25 + 0.5 * gap + sign * 0.5 * phi)
        flat = apart - n["nss"] * STATES / oxide
        result["vto"] = flat + sign * (gamma * math.sqrt(phi) + phi)
    return result


def _warmed(
    n: Mapping[str, float], sign: int, nominal: float, temperature: float, place: str
) -> dict[str, float]:
    """Return the numbers at temperature."""
    shift, at_nominal = (float(potential_shift(np.array(t))) for t in (temperature, nominal))
    gap, nominal_gap = (float(band_gap(np.array(t))) for t in (temperature, nominal))
    ratio = (temperature / nominal) ** 1.5
    phi = temperature / NOMINAL * (n["phi"] - at_nominal) / (nominal / NOMINAL) + shift
    if not phi > 0:
        raise ParameterError(
            f"{place} has a surface potential of {phi!r} V at {temperature!r} K.",
            "give it a larger PHI, or another temperature",
        )
    start = sign * (n["vto"] + n.get("delvto", 0.0)) - n["gamma"] * math.sqrt(n["phi"])
    moved = sign * 0.5 * (nominal_gap - gap) + 0.5 * (phi - n["phi"])
    thermal = BOLTZMANN / CHARGE
    growth = math.exp(-gap / (thermal * temperature) + nominal_gap / (thermal * nominal))
    return {
        "built_in": start + moved,
        "phi": phi,
        "beta": n["kp"] / ratio,
        "mobility": n["u0"] * 1e-4 / ratio,
        "is": n["is"] * growth,
        "js": n["js"] * growth,
        "thermal": thermal * temperature,
    }


def _short(n: Mapping[str, float], width: float, length: float) -> dict[str, float]:
    """Return what level 3 has beside level 1."""
    oxide = OXIDE / n["tox"]
    alpha = 2 * SILICON / (CHARGE * n["nsub"] * 1e6) if n["nsub"] else 0.0
    return {
        "width": width,
        "length": length,
        "alpha": alpha,
        "depletion": math.sqrt(alpha),
        "narrow": n["delta"] * 0.5 * math.pi * SILICON / oxide,
        "feedback": n["eta"] * 8.15e-22 / (oxide * length**3),
        "fast_states": STATES * n["nfs"] / oxide,
    }
