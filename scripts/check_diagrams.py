"""Open every example in bpmn-js, the library inside most BPMN modellers, and fail on any warning.

    python3 scripts/check_diagrams.py [--pictures DIRECTORY] [FILE...]

Not part of `make test`, because it needs npm (which fetches the pinned bpmn-js) and Chromium on the PATH. With
--pictures each diagram is also saved as a PNG to look at.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
BPMN_JS = "bpmn-js@18.31.1"
CHROMIUM = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,700"]
PAGE = """<!doctype html><meta charset="utf-8">
<script src="%(bpmn_js)s/dist/bpmn-modeler.production.min.js"></script>
<link rel="stylesheet" href="%(bpmn_js)s/dist/assets/diagram-js.css">
<style>.djs-palette { display: none }</style>
<div id="canvas" style="width: 1380px; height: 660px"></div><pre id="outcome">not finished</pre>
<script>
const modeler = new BpmnJS({container: "#canvas"});
const tell = (lines) => { document.getElementById("outcome").textContent = JSON.stringify(lines); };
modeler.importXML(%(xml)s).then(
  ({warnings}) => { modeler.get("canvas").zoom("fit-viewport"); tell(warnings.map((warning) => warning.message)); },
  (error) => tell([error.message]),
);
</script>"""


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("files", nargs="*", type=Path, default=sorted(EXAMPLES.glob("*.bpmn")))
    options.add_argument("--pictures", type=Path, help="where to save a PNG of each diagram")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        bpmn_js = fetch_bpmn_js(Path(directory))
        problems = sum(len(check(file, bpmn_js, Path(directory), asked.pictures)) for file in asked.files)
    sys.exit(1 if problems else 0)


def fetch_bpmn_js(directory: Path) -> Path:
    command = ["npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", str(directory), BPMN_JS]
    subprocess.run(command, check=True)
    return directory / "node_modules" / "bpmn-js"


def check(file: Path, bpmn_js: Path, directory: Path, pictures: Path | None) -> list[str]:
    """Open one diagram, print and return the warnings that bpmn-js has about it."""
    page = directory / f"{file.stem}.html"
    xml = json.dumps(file.read_text()).replace("</", "<\\/")
    page.write_text(PAGE % {"bpmn_js": bpmn_js.as_uri(), "xml": xml})
    warnings = read_outcome(chromium("--virtual-time-budget=10000", "--dump-dom", page.as_uri()))
    print(f"{file.name}: {'; '.join(warnings) or 'opens without a warning'}")
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        chromium("--virtual-time-budget=10000", f"--screenshot={pictures / file.stem}.png", page.as_uri())
    return warnings


def read_outcome(dom: str) -> list[str]:
    """The warnings the page wrote down; a page that did not get so far is a problem of its own."""
    found = re.search(r'<pre id="outcome">(.*?)</pre>', dom, re.DOTALL)
    if found is None or not found[1].startswith("["):
        return ["the page did not finish"]
    return [str(warning) for warning in json.loads(html.unescape(found[1]))]


def chromium(*arguments: str) -> str:
    return subprocess.run([*CHROMIUM, *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
