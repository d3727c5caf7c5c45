"""The loop characteristics of activities, read from their XML nodes (BPMN 10.3.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition

from bpmn.dataflow import plain_name
from bpmn.dialects import PLAIN, Text, settings
from bpmn.elements.behaviors import DrawnBehavior
from bpmn.elements.definitions import DefaultSignalDefinition
from bpmn.elements.repetition import DrawnRepetition
from bpmn.readers.definitions import DefinitionReader
from bpmn.texts import is_expression
from bpmn.xmlsource import BPMN, child, is_true, text_of

if TYPE_CHECKING:
    from bpmn.readers.elements import ElementReader


def read_repetition(reader: ElementReader) -> DrawnRepetition | None:
    """The loop characteristics of an activity, in whatever family they are drawn."""
    node = reader.node
    if (loop := child(node, "standardLoopCharacteristics")) is not None:
        maximum = loop.get("loopMaximum")
        return DrawnRepetition(
            is_loop=True,
            test_before=is_true(loop.get("testBefore", "")),
            maximum=int(maximum) if maximum is not None and maximum.strip().isdigit() else None,
            scripts_on_runs=_has_scripts_on_runs(loop),
            condition=reader.expression_text(child(loop, "loopCondition")),
        )
    several = child(node, "multiInstanceLoopCharacteristics")
    if several is None:
        return None
    given = settings(several)
    item, output = child(several, "inputDataItem"), child(several, "outputDataItem")
    return DrawnRepetition(
        is_loop=False,
        sequential=is_true(several.get("isSequential", "")),
        condition=reader.expression_text(child(several, "completionCondition")),
        cardinality=reader.expression_text(child(several, "loopCardinality")),
        collection=_collection(reader, several, given),
        input_data=_data_reference(reader, several, "loopDataInputRef"),
        item=_plain(given.get("item")) or _data_name(reader, item),
        index=_plain(given.get("index")),
        output_collection=_plain(given.get("output_collection"))
        or _data_reference(reader, several, "loopDataOutputRef"),
        output_item=given.get("output_item") or _output_item(reader, output),
        counts_from=0 if reader.process_parser.parser.family == "camunda" else 1,
        behavior=_behavior(reader, several),
        scripts_on_runs=_has_scripts_on_runs(several),
        is_spiff=reader.process_parser.parser.text_family == "spiff",
    )


def _has_scripts_on_runs(loop: etree._Element) -> bool:
    """Whether SpiffWorkflow's scripts before and after belong to each run, and not to the activity as a whole."""
    text = settings(loop).get("scripts_on_runs")
    return text is not None and is_true(text.value)


def _behavior(reader: ElementReader, several: etree._Element) -> DrawnBehavior:
    """The events that completed runs throw (noneBehaviorEventRef, oneBehaviorEventRef, complexBehaviorDefinition)."""
    name = several.get("behavior", "All").strip()
    process = reader.process_parser
    events = DefinitionReader(process, None, several, reader.nsmap)
    if name in ("None", "One"):
        node = process.parser.root_definition(several.get(f"{name.lower()}BehaviorEventRef"))
        default = DefaultSignalDefinition(process.parser.names.signal(None))
        return DrawnBehavior(name, ((None, default if node is None else events.definition_of(node)),))
    if name != "Complex":
        return DrawnBehavior(name)
    drawn = several.iterchildren("{" + BPMN + "}complexBehaviorDefinition")
    return DrawnBehavior(name, tuple(_complex_event(reader, events, item) for item in drawn))


def _complex_event(reader: ElementReader, events: DefinitionReader, drawn: etree._Element) -> tuple[Text | None, Any]:
    event = child(drawn, "event")
    definition = NoneEventDefinition() if event is None else events.definition_in(event)
    return reader.expression_text(child(drawn, "condition")), definition


def _collection(reader: ElementReader, several: etree._Element, given: dict[str, Text]) -> Text | None:
    if (text := given.get("collection")) is not None:
        return text if is_expression(text.value) else Text(text.value, PLAIN)
    text = reader.expression_text(child(several, "loopDataInputRef"))
    if text is None or is_expression(text.value):
        return text
    return Text(_data_reference(reader, several, "loopDataInputRef") or text.value, PLAIN)


def _data_reference(reader: ElementReader, several: etree._Element, name: str) -> str | None:
    """The variable of the data element that is referred to; what is none is the name of a variable itself."""
    reference = text_of(child(several, name))
    return reader.process_parser.parser.data_names.variable(reference) or reference


def _plain(text: Text | None) -> str | None:
    return text.value.removeprefix("=").strip() if text is not None else None


def _data_name(reader: ElementReader, node: etree._Element | None) -> str | None:
    return (
        None if node is None else (reader.process_parser.parser.data_names.variable(node.get("id")) or plain_name(node))
    )


def _output_item(reader: ElementReader, node: etree._Element | None) -> Text | None:
    name = _data_name(reader, node)
    return Text(name, PLAIN) if name is not None else None
