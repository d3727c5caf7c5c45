"""Write the list of places that a vendor's published descriptor defines, for the tests of the dialects' tables.

    npm pack camunda-bpmn-moddle zeebe-bpmn-moddle activiti-bpmn-moddle    # and unpack each
    python -m scripts.vendor_places DIRECTORY_OF_THE_PACKAGE > tests/bpmn/descriptors/NAME.txt

A line is a place as the tables write it: an attribute (`UserTask@assignee`) or an extension element
(`UserTask/formData`), with the BPMN type as the descriptor names it, and the same of extension elements
(`formField@label`, `formData/formField`). Only names are taken from the descriptor.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main() -> None:
    package = Path(sys.argv[1])
    about = json.loads((package / "package.json").read_text())
    (descriptor,) = (package / "resources").glob("*.json")
    print(f"# {about['name']} {about['version']}, {about['license']}; made by scripts/vendor_places.py")
    print("\n".join(sorted(set(places(json.loads(descriptor.read_text()))))))


def places(descriptor: dict[str, Any]) -> Iterator[str]:
    """Every place that a descriptor defines."""
    types = {item["name"]: item for item in descriptor["types"]}
    bases = {name for item in descriptor["types"] for name in item.get("superClass", [])}
    for item in descriptor["types"]:
        if item["name"] in bases:
            continue
        own = lowered(item["name"])
        for holder in bpmn_types(item.get("extends", []), types):
            yield from (f"{holder}@{name}" for name in attributes(item, types))
        if "Element" in ancestors(item, types) and not item.get("isAbstract"):
            for holder in bpmn_types(item.get("meta", {}).get("allowedIn", []), types):
                yield f"{holder}/{own}"
        if not item.get("extends") and not item.get("isAbstract"):
            yield from (f"{own}@{name}" for name in attributes(item, types))
            yield from (f"{own}/{name}" for name in children(item, types))


def bpmn_types(names: list[str], types: dict[str, Any]) -> Iterator[str]:
    """The BPMN types behind names that may be the descriptor's own groups of them, and its own elements."""
    for name in names:
        prefix, _, plain = name.rpartition(":")
        if prefix in ("", "bpmn"):
            yield plain
        elif types[plain].get("extends"):
            yield from bpmn_types(types[plain]["extends"], types)
        else:
            yield lowered(plain)


def ancestors(item: dict[str, Any], types: dict[str, Any]) -> set[str]:
    """The names of all types that one is derived from."""
    found: set[str] = set()
    pending = list(item.get("superClass", []))
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(types.get(name, {}).get("superClass", []))
    return found


def attributes(item: dict[str, Any], types: dict[str, Any]) -> Iterator[str]:
    for part in properties(item, types):
        if part.get("isAttr"):
            yield part["name"].rpartition(":")[2]


def children(item: dict[str, Any], types: dict[str, Any]) -> Iterator[str]:
    """The elements inside of an extension element: by their types, or by the name of a text."""
    for part in properties(item, types):
        kind = part["type"].rpartition(":")[2]
        if part.get("isAttr") or part.get("isBody"):
            continue
        if kind in types and not types[kind].get("isAbstract"):
            yield lowered(kind)
        elif kind == "String":
            yield part["name"]


def properties(item: dict[str, Any], types: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of a type and of those it is derived from, but for what it is derived from in BPMN."""
    yield from item.get("properties", [])
    for name in ancestors(item, types):
        yield from types.get(name, {}).get("properties", [])


def lowered(name: str) -> str:
    return name[0].lower() + name[1:]


if __name__ == "__main__":
    main()
