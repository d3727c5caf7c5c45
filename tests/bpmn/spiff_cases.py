"""The cases of SpiffWorkflow's places: a diagram with each and one without, and where to look for the outcome."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from bpmn import facts as f
from tests.bpmn.attribute_looks import (
    MAPPED_SCOPES,
    MAPPED_TASKS,
    WORKED,
    Look,
    behind,
    call,
    ext,
    node,
    outcome,
    passed,
    ruled,
)
from tests.conformance.harness import complete, event

_XMLNS = "xmlns:s='http://spiffworkflow.org/bpmn/schema/1.0/core'"
_CARRIERS = ("signal", "error", "escalation")


def spiff_cases() -> dict[str, tuple[Look, str, str]]:
    return _scripts() | _work() | _payloads() | _correlations() | _people()


def spiff(name: str, text: str, inner: str = "") -> str:
    return f"<s:{name} {_XMLNS}>{escape(text)}{inner}</s:{name}>"


def _scripts() -> dict[str, tuple[Look, str, str]]:
    cases: dict[str, tuple[Look, str, str]] = {}
    external = '[camunda:type="external" camunda:topic="t"]'
    for place in ("preScript", "postScript"):
        drawn = spiff(place, "out = len([n])")
        cases[f"callActivity/{place}"] = (call, f'calledElement="q"|{drawn}', 'calledElement="q"')
        cases[f"scriptTask/{place}"] = (passed("script"), _script(drawn), _script(""))
        for element, kind in {**MAPPED_TASKS, **MAPPED_SCOPES}.items():
            cases[f"{element}/{place}"] = (_manual if kind == "manual" else behind(kind), ext(drawn), "")
        for element, kind in WORKED.items():
            cases[f"{element}/{place}"] = (passed(kind, complete("x")), f"{external} {ext(drawn)}", external)
    on_runs = f"{_XMLNS} s:scriptsOnInstances='true'"
    cases["multiInstanceLoopCharacteristics@scriptsOnInstances"] = (_repeated, on_runs, "")
    cases["standardLoopCharacteristics@scriptsOnInstances"] = (_looped, on_runs, "")
    return cases


def _manual(drawn: str) -> object:
    """The variables behind a manual task, which is waited for in diagrams of SpiffWorkflow."""
    text = f"start s {ext(spiff('description', 'one of those'))}; manual x {drawn}; user y; s -> x -> y"
    return outcome(text, complete("x")).variables


def _script(extension: str) -> str:
    return f'[scriptFormat="feel"] {ext(extension)}<script>n</script>'


def _repeated(drawn: str) -> object:
    """How often a script before a multi-instance activity is run."""
    loop = f"<multiInstanceLoopCharacteristics {drawn}><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    return _counted(loop)


def _looped(drawn: str) -> object:
    """How often a script before an activity in a loop is run."""
    return _counted(f'<standardLoopCharacteristics loopMaximum="3" {drawn}/>')


def _counted(loop: str) -> object:
    return outcome(f"start s; task x {ext(spiff('preScript', 'n = n + 1'))}{loop}; user y; s -> x -> y").variables


def _operator(
    of: str = 'id="a"',
    holder: str = "parameters",
    inner: str = "parameter",
    given: str = 'id="u" value="n"',
    retry: str = "",
) -> str:
    parameters = f"<s:{holder}><s:{inner} {given}/></s:{holder}>"
    return ext(f"<s:serviceTaskOperator {_XMLNS} {of}>{parameters}{retry}</s:serviceTaskOperator>")


def _work() -> dict[str, tuple[Look, str, str]]:
    topic = '[camunda:type="external" camunda:topic="t"]'
    done = passed("service", complete("x", a=1))
    offered = node("service")
    return {
        "serviceTask/serviceTaskOperator": (offered, _operator(), topic),
        "serviceTaskOperator@id": (offered, _operator(), _operator('id="b"')),
        "serviceTaskOperator@resultVariable": (done, _operator('id="a" resultVariable="r"'), _operator()),
        "serviceTaskOperator/parameters": (offered, _operator(), _operator(holder="others")),
        "parameters/parameter": (offered, _operator(), _operator(inner="other")),
        "parameter@id": (offered, _operator(), _operator(given='id="v" value="n"')),
        "parameter@name": (offered, _operator(given='name="u" value="n"'), _operator(given='name="v" value="n"')),
        "parameter@value": (offered, _operator(), _operator(given='id="u" value="n + 1"')),
        "serviceTaskOperator/retry": (offered, _operator(retry='<s:retry retries="2"/>'), _operator()),
        "retry@retries": (
            offered,
            _operator(retry='<s:retry retries="2"/>'),
            _operator(retry='<s:retry retries="3"/>'),
        ),
        "businessRuleTask/calledDecisionId": (
            ruled,
            ext(spiff("calledDecisionId", "a")),
            ext(spiff("calledDecisionId", "b")),
        ),
    }


def _sent(drawn: str) -> object:
    """What a send task sends whose inner XML is given."""
    return outcome(f"start s; send x [messageRef='message_m'] {drawn}; s -> x; catch z message=m").facts(
        f.MessageThrown
    )


def _defined(drawn: str) -> object:
    """What a throwing event with this definition sends, and the variables when a catching one got a message."""
    definition = f'<messageEventDefinition messageRef="message_m">{drawn}</messageEventDefinition>'
    done = outcome(
        f"start s; throw t {definition}; catch x {definition}; catch z message=m; s -> t -> x", event("x", a=1)
    )
    return done.facts(f.MessageThrown), done.variables


def _of_message(drawn: str) -> object:
    """The same for the inner XML of the message."""
    definition = '<messageEventDefinition messageRef="m"/>'
    text = f"start s; throw t {definition}; catch x {definition}; s -> t -> x"
    done = outcome(text, event("x", a=1), root=f'<message id="m" name="go">{drawn}</message>')
    return done.facts(f.MessageThrown), done.variables


def _of_carrier(kind: str) -> Look:
    """The variables when a boundary event got what the subprocess ended with; the inner XML of that is given."""
    definition = f'<{kind}EventDefinition {kind}Ref="c"/>'
    text = f"""start s; sub a; boundary b on=a {definition}; user z; s -> a; b -> z
        in a {{ start i; end e {definition}; i -> e }}"""
    code = "" if kind == "signal" else f'{kind}Code="E"'
    return lambda drawn: outcome(text, root=f'<{kind} id="c" name="c" {code}>{drawn}</{kind}>').variables


def _payloads() -> dict[str, tuple[Look, str, str]]:
    payload, variable = ext(spiff("messagePayload", "n + 1")), ext(spiff("messageVariable", "r"))
    cases = {
        "messageEventDefinition/messagePayload": (_defined, payload, ""),
        "sendTask/messagePayload": (_sent, payload, ""),
        "message/messagePayload": (_of_message, payload, ""),
        "messageEventDefinition/messageVariable": (_defined, variable, ""),
        "receiveTask/messageVariable": (behind("receive"), variable, ""),
        "message/messageVariable": (_of_message, variable, ""),
    }
    expression = spiff("payloadExpression", "n + 1")
    for kind in _CARRIERS:
        cases[f"{kind}/payloadExpression"] = (_of_carrier(kind), ext(expression), "")
        both = ext(expression + spiff("variableName", "r"))
        cases[f"{kind}/variableName"] = (_of_carrier(kind), both, ext(expression))
    return cases


def _awaited(element: str) -> Look:
    """The key that a message is awaited with; the inner XML of what waits for it is given."""
    root = """<message id="m" name="go"/><correlationProperty id="k" name="k">
        <correlationPropertyRetrievalExpression messageRef="m"><messagePath>k</messagePath>
        </correlationPropertyRetrievalExpression></correlationProperty>
        <correlationProperty id="other"><correlationPropertyRetrievalExpression messageRef="m"><messagePath>o</messagePath>
        </correlationPropertyRetrievalExpression></correlationProperty>
        <collaboration id="c"><correlationKey id="key"><correlationPropertyRef>k</correlationPropertyRef>
        </correlationKey><correlationKey id="key2"><correlationPropertyRef>other</correlationPropertyRef>
        </correlationKey></collaboration>"""

    def look(drawn: str) -> object:
        waiting = f"receive x [messageRef='m'] {drawn}"
        if element == "messageEventDefinition":
            waiting = f'catch x <messageEventDefinition messageRef="m">{drawn}</messageEventDefinition>'
        return outcome(f"start s; {waiting}; s -> x", root=root).facts(f.MessageAwaited)

    return look


def _bound(name: str = "propertyId", key: str = "k", of: str = "expression", value: str = "n") -> str:
    inner = f"<s:{name}>{key}</s:{name}><s:{of}>{value}</s:{of}>"
    return ext(spiff("processVariableCorrelation", "", inner))


def _correlations() -> dict[str, tuple[Look, str, str]]:
    look = _awaited("receiveTask")
    return {
        "receiveTask/processVariableCorrelation": (look, _bound(), ""),
        "messageEventDefinition/processVariableCorrelation": (_awaited("messageEventDefinition"), _bound(), ""),
        "processVariableCorrelation/propertyId": (look, _bound(), _bound(key="other")),
        "processVariableCorrelation/expression": (look, _bound(), _bound(value="n + 1")),
    }


def _form(given: str, of: str = "property") -> str:
    return ext(spiff("properties", "", f"<s:{of} {given}/>"))


def _people() -> dict[str, tuple[Look, str, str]]:
    look = node("user")
    form = _form('name="formJsonSchemaFilename" value="f.json"')
    return {
        "userTask/instructionsForEndUser": (look, ext(spiff("instructionsForEndUser", "Do it")), ""),
        "manualTask/instructionsForEndUser": (
            node("manual"),
            ext(spiff("instructionsForEndUser", "Do it")),
            ext(spiff("instructionsForEndUser", "Leave it")),
        ),
        "userTask/properties": (look, form, ""),
        "properties/property": (look, form, _form('name="formJsonSchemaFilename" value="f.json"', "other")),
        "property@name": (look, form, _form('name="formUiSchemaFilename" value="f.json"')),
        "property@value": (look, form, _form(f'name="formJsonSchemaFilename" value={quoteattr("g.json")}')),
        "userTask/variableName": (passed("user", complete("x", a=1)), ext(spiff("variableName", "r")), ""),
    }
