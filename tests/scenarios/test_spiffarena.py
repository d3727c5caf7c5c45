"""Two processes as SpiffArena draws them, in conversation, with a worker for the operator of a connector."""

from __future__ import annotations

from tests.driver import Driver

HEAD = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:message id="ask" name="quote-asked"/><bpmn:message id="tell" name="quote-told"/>
  <bpmn:correlationProperty id="number" name="number">
    <bpmn:correlationPropertyRetrievalExpression messageRef="ask"><bpmn:formalExpression>number</bpmn:formalExpression>
    </bpmn:correlationPropertyRetrievalExpression>
    <bpmn:correlationPropertyRetrievalExpression messageRef="tell"><bpmn:formalExpression>number</bpmn:formalExpression>
    </bpmn:correlationPropertyRetrievalExpression>
  </bpmn:correlationProperty>"""


def sends(payload: str) -> str:
    return (
        f"<bpmn:extensionElements><spiffworkflow:messagePayload>{payload}</spiffworkflow:messagePayload>"
        "</bpmn:extensionElements>"
    )


def takes(variable: str) -> str:
    return (
        f"<bpmn:extensionElements><spiffworkflow:messageVariable>{variable}</spiffworkflow:messageVariable>"
        "</bpmn:extensionElements>"
    )


BUYER = f"""{HEAD}<bpmn:process id="buyer" isExecutable="true">
  <bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="send"/>
  <bpmn:sendTask id="send" messageRef="ask">{sends("dict(number=number, items=[dict(n=n) for n in amounts])")}
  </bpmn:sendTask><bpmn:sequenceFlow id="f2" sourceRef="send" targetRef="wait"/>
  <bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="tell">{takes("answer")}
  </bpmn:messageEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:sequenceFlow id="f3" sourceRef="wait" targetRef="judge"/>
  <bpmn:scriptTask id="judge"><bpmn:script>accepted = answer['price'] &lt; 100</bpmn:script></bpmn:scriptTask>
</bpmn:process></bpmn:definitions>""".encode()

SELLER = f"""{HEAD}<bpmn:process id="seller" isExecutable="true">
  <bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="ask">{takes("asked")}</bpmn:messageEventDefinition>
  </bpmn:startEvent><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="look"/>
  <bpmn:serviceTask id="look"><bpmn:extensionElements>
    <spiffworkflow:serviceTaskOperator id="http/GetRequest" resultVariable="found"><spiffworkflow:parameters>
      <spiffworkflow:parameter id="url" type="str" value="f'http://prices/{{asked[&quot;number&quot;]}}'"/>
      <spiffworkflow:parameter id="params" type="any" value="asked['items'][0]"/>
    </spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>
  </bpmn:extensionElements></bpmn:serviceTask><bpmn:sequenceFlow id="f2" sourceRef="look" targetRef="e"/>
  <bpmn:endEvent id="e"><bpmn:messageEventDefinition messageRef="tell">
    {sends("{'number': asked['number'], 'price': found['body']['price']}")}
    </bpmn:messageEventDefinition></bpmn:endEvent>
</bpmn:process></bpmn:definitions>""".encode()


def test_given_two_buyers_when_the_seller_answers_then_each_has_its_own_price(driver: Driver) -> None:
    driver.deploy(BUYER, SELLER)
    buyers = {number: driver.start("buyer", {"number": number, "amounts": [number]}).id for number in (1, 2)}
    driver.work_off()
    work = {item.variables["url"]: item for item in driver.fetch("http/GetRequest")}
    assert {url: item.variables["params"] for url, item in work.items()} == {
        "http://prices/1": {"n": 1},
        "http://prices/2": {"n": 2},
    }
    for url, price in (("http://prices/2", 200), ("http://prices/1", 10)):
        driver.finish(work[url].id, {"status_code": 200, "body": {"price": price}})
    driver.work_off()
    for number, accepted in ((1, True), (2, False)):
        assert driver.instance(buyers[number]).status == "completed"
        kept = driver.variables(buyers[number])
        assert (kept["answer"]["number"], kept["accepted"]) == (number, accepted)
