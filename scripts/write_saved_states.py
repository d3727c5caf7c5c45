"""Write tests/saved_states/RELEASE.jsonl: states of this release in every way of waiting, with their models.

Run it before a release, once its format is final; the files of earlier releases stay as they are for ever.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.saved_states.record import FOLDER, write
from tests.saved_states.recorder import recorded

PROJECT = Path(__file__).parent.parent


def release() -> str:
    """The release that is being made: the version without what says that it is not made yet."""
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    return re.sub(r"\.dev\d+$", "", str(version))


def main() -> None:
    records = recorded()
    file = FOLDER / f"{release()}.jsonl"
    write(file, records)
    states = sum(len(record.steps) for record in records)
    print(f"{file.relative_to(PROJECT)}: {states} states of {len(records)} instances, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
