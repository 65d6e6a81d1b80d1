"""Running commands, and Debian packages with and without root; needs only Python's library."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def run(*command, **settings):
    """Run a command and raise where it fails."""
    print("+", " ".join(map(str, command)), flush=True)
    subprocess.run([str(word) for word in command], check=True, **settings)


def succeeds(*command, **settings):
    """Tell whether a command runs and exits with 0; print nothing."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **settings
        )
    except OSError:
        return False
    return done.returncode == 0


def as_root(*command):
    """Return the command as root can run it here without a password, or None."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return command
    if shutil.which("sudo") and succeeds("sudo", "-n", "true"):
        return ("sudo", "-n", *command)
    return None


def apt_install(package):
    """Install a Debian package; tell whether that worked."""
    command = as_root("apt-get", "install", "-y", package) if shutil.which("apt-get") else None
    if command is None:
        return False
    update = as_root("apt-get", "update")
    return succeeds(*command) or (succeeds(*update) and succeeds(*command))


def unpacked(packages, folder):
    """Download Debian packages without installing them and unpack them into `folder`."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return False
    with tempfile.TemporaryDirectory() as download:
        for package in packages:
            done = subprocess.run(
                ["apt-get", "download", package],
                cwd=download,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if done.returncode and package == packages[0]:
                return False
        for file in Path(download).glob("*.deb"):
            run("dpkg-deb", "-x", file, folder)
    return True
