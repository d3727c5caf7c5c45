"""Every example is drawn completely, so that any modeller shows all of it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
EXAMPLES = sorted((PROJECT / "examples").glob("*.bpmn"))
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DECISIONS = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
DRAWING = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"

examples = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
Box = tuple[float, float, float, float]


def test_given_the_project_when_it_ships_then_four_examples_are_in_it() -> None:
    assert [path.stem for path in EXAMPLES] == ["invoice-approval", "it-incident", "leave-request", "loan-application"]


def test_given_decisions_beside_an_example_when_opened_then_each_of_their_elements_is_drawn() -> None:
    for file in (PROJECT / "examples").glob("*.dmn"):
        assert file.with_suffix(".bpmn") in EXAMPLES
        root = ElementTree.parse(file).getroot()
        kinds = ("decision", "inputData", "informationRequirement")
        elements = {item.attrib["id"] for kind in kinds for item in root.iter(f"{DECISIONS}{kind}")}
        assert {item.attrib["dmnElementRef"] for item in root.iter() if "dmnElementRef" in item.attrib} == elements


@examples
def test_given_an_example_when_opened_then_each_node_has_a_shape_and_each_flow_an_edge(example: Path) -> None:
    root = ElementTree.parse(example).getroot()
    process = root.find(f"{MODEL}process")
    assert process is not None
    flows = {flow.attrib["id"] for flow in process.findall(f"{MODEL}sequenceFlow")}
    nodes = {element.attrib["id"] for element in process if "id" in element.attrib} - flows
    assert drawn(root, "BPMNShape") == nodes
    assert drawn(root, "BPMNEdge") == flows


@examples
def test_given_an_example_when_opened_then_every_edge_touches_the_shapes_it_joins(example: Path) -> None:
    root = ElementTree.parse(example).getroot()
    boxes = shapes(root)
    for flow in root.iter(f"{MODEL}sequenceFlow"):
        points = waypoints(root, flow.attrib["id"])
        assert touches(points[0], boxes[flow.attrib["sourceRef"]]), f"start of {flow.attrib['id']}"
        assert touches(points[-1], boxes[flow.attrib["targetRef"]]), f"end of {flow.attrib['id']}"


@examples
def test_given_an_example_when_opened_then_no_shape_covers_another(example: Path) -> None:
    root = ElementTree.parse(example).getroot()
    boxes = shapes(root)
    attached = {(event.attrib["id"], event.attrib["attachedToRef"]) for event in root.iter(f"{MODEL}boundaryEvent")}
    covering = [
        (one, other)
        for one, other in combinations(boxes, 2)
        if overlap(boxes[one], boxes[other]) and not {(one, other), (other, one)} & attached
    ]
    assert covering == []


@examples
def test_given_an_example_when_its_user_tasks_are_read_then_each_tells_what_to_do(example: Path) -> None:
    tasks = list(ElementTree.parse(example).getroot().iter(f"{MODEL}userTask"))
    assert tasks
    assert [task.attrib["id"] for task in tasks if not (task.findtext(f"{MODEL}documentation") or "").strip()] == []


def drawn(root: ElementTree.Element, kind: str) -> set[str]:
    return {item.attrib["bpmnElement"] for item in root.iter(f"{DRAWING}{kind}")}


def shapes(root: ElementTree.Element) -> dict[str, Box]:
    """Left, top, right and bottom of each drawn node, by element id."""
    return {shape.attrib["bpmnElement"]: box(shape) for shape in root.iter(f"{DRAWING}BPMNShape")}


def box(shape: ElementTree.Element) -> Box:
    bounds = shape.find(BOUNDS)
    assert bounds is not None
    x, y, width, height = (float(bounds.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def waypoints(root: ElementTree.Element, flow: str) -> list[tuple[float, float]]:
    edge = next(edge for edge in root.iter(f"{DRAWING}BPMNEdge") if edge.attrib["bpmnElement"] == flow)
    return [(float(point.attrib["x"]), float(point.attrib["y"])) for point in edge.findall(WAYPOINT)]


def touches(point: tuple[float, float], shape: Box) -> bool:
    (x, y), (left, top, right, bottom) = point, shape
    on_edge = x in (left, right) or y in (top, bottom)
    return on_edge and left <= x <= right and top <= y <= bottom


def overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
