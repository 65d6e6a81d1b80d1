"""Makes the environment that `make` runs in; needs nothing but a Python and its library.

The environment grows in a temporary folder and takes its place when everything is installed,
so that a failed attempt leaves nothing that looks like an environment.

Without arguments it installs what running EBANA needs. Names of extras (``test lint examples``)
are added to the environment that is there.

Usage: python3 tools/bootstrap.py [EXTRA ...]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from system import apt_install, run, succeeds, unpacked

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
STAMP = "ebana-installed"
"""File that tells of an environment whose installation ended well; extras follow behind a dash."""
VERSIONS = ((3, 14), (3, 13), (3, 12), (3, 11))
PACKAGES = ("-e", ".", "-e", "plugins/ebana_diode_mos", "-e", "plugins/ebana_memristor")
INSTALL_PYTHON = (
    "Install Python 3.11 or newer: `apt-get install python3 python3-venv` (Debian 12, Ubuntu "
    "23.04 and later) or `brew install python`."
)


def version_of(python):
    """Return (major, minor) of a Python, or None where it does not run (a broken shim)."""
    question = "import sys; print('{}.{}'.format(*sys.version_info[:2]))"
    try:
        done = subprocess.run(
            [str(python), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    found = re.match(r"(\d+)\.(\d+)", done.stdout.decode())
    return (int(found[1]), int(found[2])) if done.returncode == 0 and found else None


def newest_python(path=None):
    """Return the newest usable Python on the search path, or None."""
    names = [f"python{major}.{minor}" for major, minor in VERSIONS] + ["python3", "python"]
    found = [
        (version_of(os.path.join(folder, name)), os.path.join(folder, name))
        for folder in (path or os.environ.get("PATH", os.defpath)).split(os.pathsep)
        for name in names
        if os.access(os.path.join(folder, name), os.X_OK)
    ]
    usable = [item for item in found if item[0] in VERSIONS]
    return max(usable, key=lambda item: item[0])[1] if usable else None


def with_uv(python, target):
    """Make and fill the environment with uv; tell whether it could.

    uv has sources and certificates of its own, so where it fails pip may still work.
    """
    if not shutil.which("uv") or not succeeds("uv", "venv", "-q", "--python", python, target):
        return False
    own = target / "bin" / "python"
    try:
        run("uv", "pip", "install", "-q", "--python", own, *PACKAGES, cwd=ROOT)
    except subprocess.CalledProcessError:
        print("uv cannot install the packages; trying pip", flush=True)
        shutil.rmtree(target)
        return False
    return True


def with_venv(python, target):
    """Make the environment with venv; where Debian lacks ensurepip, take pip from its wheel."""
    if not succeeds(python, "-m", "venv", target):
        shutil.rmtree(target, ignore_errors=True)
        if not venv_without_pip(python, target):
            shutil.rmtree(target, ignore_errors=True)
            version = "python{}.{}-venv".format(*version_of(python))
            if not (apt_install(version) or apt_install("python3-venv")):
                sys.exit(
                    f"Python at {python} cannot make environments.\n  type: "
                    f"sudo apt-get install {version}"
                )
            run(python, "-m", "venv", target)
    pip = (target / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "-q", *PACKAGES, cwd=ROOT)
    return True


def venv_without_pip(python, target):
    """Make an environment whose pip comes from Debian's wheel; works without root."""
    if not succeeds(python, "-m", "venv", "--without-pip", target):
        return False
    with tempfile.TemporaryDirectory() as folder:
        if not unpacked(["python3-pip-whl"], folder):
            return False
        wheels = sorted(Path(folder).rglob("pip-*.whl"))
        if not wheels:
            return False
        install = (target / "bin" / "python", wheels[-1] / "pip", "install", "-q", wheels[-1])
        return succeeds(*install, "--no-index") or succeeds(*install)


def add_extras(extras):
    """Install extras of the core into the environment, which a failure leaves as it was used."""
    python, wanted = ENVIRONMENT / "bin" / "python", ("-e", f".[{','.join(extras)}]")
    try:
        if shutil.which("uv") and succeeds(
            "uv", "pip", "install", "-q", "--python", python, *wanted, cwd=ROOT
        ):
            return
        if not succeeds(python, "-m", "pip", "--version"):  # made by uv, which brings no pip
            run(python, "-m", "ensurepip", "-q")
        run(python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *wanted, cwd=ROOT)
    except subprocess.CalledProcessError as error:
        sys.exit(f"Installing {extras} failed: {error}.\n  Check the network and try again.")


def moved(source, target):
    """Move an environment; its scripts name their folder and are told the new one."""
    old, new = str(source).encode(), str(target).encode()
    for file in (source / "bin").iterdir():
        if file.is_symlink() or file.stat().st_size > 100_000:
            continue
        content = file.read_bytes()
        if old in content:
            file.write_bytes(content.replace(old, new))
    shutil.rmtree(target, ignore_errors=True)
    source.rename(target)


def make_environment():
    """Make, fill and place the environment."""
    python = newest_python()
    if python is None:
        sys.exit(f"No Python 3.11 to 3.14 found.\n  {INSTALL_PYTHON}")
    print(f"Setting up {ENVIRONMENT.name} with {python}", flush=True)
    target = ROOT / ".venv.new"
    shutil.rmtree(target, ignore_errors=True)
    try:
        with_uv(python, target) or with_venv(python, target)
        # PySpice's sources warn when first compiled, which tests would take for an error.
        quiet = (target / "bin" / "python", "-W", "ignore", "-m", "compileall", "-q")
        succeeds(*quiet, *(target / "lib").glob("python3.*/site-packages/PySpice"))
    except subprocess.CalledProcessError as error:
        shutil.rmtree(target, ignore_errors=True)
        sys.exit(f"Setting up the environment failed: {error}.\n  Check the network and try again.")
    moved(target, ENVIRONMENT)
    (ENVIRONMENT / STAMP).write_text("installed\n")


def main(extras):
    """Make the environment, or add extras to it."""
    if not extras:
        return make_environment()
    if not (ENVIRONMENT / STAMP).exists():
        make_environment()
    add_extras(extras)
    (ENVIRONMENT / "-".join((STAMP, *extras))).write_text("installed\n")


if __name__ == "__main__":
    main(sys.argv[1:])
