"""Make a virtual environment and install one lock file into it, with nothing but a Python interpreter.

    python3 scripts/bootstrap.py .venv requirements.lock

Some machines have Python without ensurepip, without pip, or with neither, and `venv` then cannot provide pip. The one
pip wheel in scripts/vendor/ is run from where it lies instead, the same way on every machine. It reads the machine's
own pip settings (environment variables, pip.conf), so packages come from wherever this machine gets its packages.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import venv
from pathlib import Path

PIP_WHEEL = Path(__file__).parent / "vendor" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
MINIMUM = (3, 11)


def main(environment: Path, lock: Path) -> None:
    """Install what `lock` names, checked by its hashes, into `environment`, which is made where it is missing."""
    if sys.version_info < MINIMUM:
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]} ({sys.executable})")
    check_wheel()
    started = time.monotonic()
    python = environment_python(environment)
    if not python.exists():
        say(f"making the Python environment {environment} with Python {sys.version.split()[0]}")
        venv.create(environment, clear=True, with_pip=False)
    say(f"installing the packages of {lock}, the first time takes about a minute")
    install(python, lock)
    say(f"{environment} is ready after {time.monotonic() - started:.0f} s")


def check_wheel() -> None:
    """Refuse to run a pip wheel that is not the one this project was made with."""
    found = hashlib.sha256(PIP_WHEEL.read_bytes()).hexdigest()
    if found != PIP_SHA256:
        raise SystemExit(f"{PIP_WHEEL} has the SHA-256 {found}, expected {PIP_SHA256}; restore it from the repository")


def environment_python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(python: Path, lock: Path) -> None:
    command = [str(python), str(PIP_WHEEL / "pip"), "install", "--disable-pip-version-check", "--require-hashes"]
    if subprocess.run([*command, "--only-binary", ":all:", "-r", str(lock)], check=False).returncode:
        raise SystemExit(f"the packages of {lock} could not be installed; pip's message above says why")


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
