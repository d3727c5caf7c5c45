"""Run the Dockerfile's steps in an empty directory, for machines on which no image can be built.

    python3 scripts/dockerfile_dry_run.py

Every path of the image lies below the directory that stands for its root: COPY copies there, and in RUN and ENV each of
the image's own absolute paths is moved there. What only an image has is said and skipped: base images, users, volumes.
Last, the start commands `migrate` and `serve` run, and the health check must pass. It ends with "image not built".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parent.parent
IMAGE_PATHS = re.compile(r"(?<![\w.])/(?=(?:opt/throughline|var/lib/throughline|build)\b)")
ONLY_IN_AN_IMAGE = ("useradd", "chown")
HEALTH_SECONDS = 30


@dataclass
class Stage:
    """One FROM and what follows it: the directory that stands for the root, the working directory, the environment."""

    root: Path
    workdir: Path = Path("/")
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def moved(self, text: str) -> str:
        """`text` with the image's own absolute paths below `root`."""
        return IMAGE_PATHS.sub(f"{self.root}/", text)

    def path(self, text: str) -> Path:
        """Where a path as written in the Dockerfile lies on this machine."""
        return self.root / (self.workdir / text).relative_to("/")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="throughline-image-") as directory:
        stage, start, health = run_steps(instructions(PROJECT / "Dockerfile"), Path(directory))
        run([*start, "migrate"], stage)
        check_server([*start, "serve"], health, stage)
    print("Every step of the Dockerfile ran on this machine; image not built.")


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]  # type: ignore[misc]


def run_steps(steps: list[tuple[str, str]], directory: Path) -> tuple[Stage, list[str], list[str]]:
    """Take every step; return the last stage, its entry point and its health check."""
    stages: dict[str, Stage] = {}
    stage = Stage(directory)
    entrypoint: list[str] = []
    health: list[str] = []
    for number, (word, text) in enumerate(steps, start=1):
        print(f"--- {number}/{len(steps)} {word} {text}", flush=True)
        if word == "FROM":
            # Both stages use the same paths, so one root serves them all and nothing has to be relocated.
            stage = stages.setdefault(text.split(" AS ")[-1], Stage(directory))
        elif word == "WORKDIR":
            stage.workdir = Path(text)
            stage.path(".").mkdir(parents=True, exist_ok=True)
        elif word == "ENV":
            set_environment(text, stage)
        elif word == "COPY":
            copy(text, stage)
        elif word == "RUN":
            run_line(text, stage)
        elif word == "ENTRYPOINT":
            entrypoint = json.loads(text)
        elif word == "HEALTHCHECK":
            health = json.loads(text[text.index("[") :])
        else:
            print("    only in an image")
    return stage, entrypoint, health


def set_environment(text: str, stage: Stage) -> None:
    for assignment in text.split():
        name, value = assignment.split("=", 1)
        stage.environment[name] = stage.moved(value).replace("$PATH", stage.environment["PATH"])


def copy(text: str, stage: Stage) -> None:
    words = text.split()
    if words[0].startswith("--from="):
        return  # it lies there already: one root for both stages
    *sources, target = words
    for source in sources:
        destination = stage.path(target)
        if (PROJECT / source).is_dir():
            shutil.copytree(PROJECT / source, destination, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / source, destination)


def run_line(text: str, stage: Stage) -> None:
    if text.startswith(ONLY_IN_AN_IMAGE):
        print("    only in an image")
        return
    run(["sh", "-c", stage.moved(text)], stage)


def run(command: list[str], stage: Stage) -> None:
    subprocess.run(command, cwd=stage.path("."), env=stage.environment, check=True)


def check_server(command: list[str], health: list[str], stage: Stage) -> None:
    """Start the server on a free port and wait until the image's own health check passes."""
    port = free_port()
    stage.environment["THROUGHLINE_PORT"] = str(port)
    health = [part.replace(":8080/", f":{port}/") for part in health]
    server = subprocess.Popen(command, cwd=stage.path("."), env=stage.environment)
    try:
        deadline = time.monotonic() + HEALTH_SECONDS
        while subprocess.run(health, env=stage.environment, stderr=subprocess.DEVNULL, check=False).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"the server was not healthy within {HEALTH_SECONDS} s")
            time.sleep(0.2)
        print("--- the health check passed")
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
