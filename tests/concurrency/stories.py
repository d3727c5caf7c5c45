"""What the clients of the kill test do: processes, and the way of one instance through each of them."""

from __future__ import annotations

from collections.abc import Callable

from tests.concurrency.client import Client
from tests.driver import chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
PAID = '<message id="m" name="paid"/>'
WAIT = '<intermediateCatchEvent id="wait"><{0}EventDefinition>{1}</{0}EventDefinition></intermediateCatchEvent>'
UNTIL_PAID = WAIT.format("message", "").replace("<messageEventDefinition>", '<messageEventDefinition messageRef="m">')
SOON = WAIT.format("timer", "<timeDuration>PT0.2S</timeDuration>")
BRANCHES = ("one", "two", "three")
CALL = '<callActivity id="run" calledElement="approve"/>'
SHIP = '<serviceTask id="send" camunda:type="external" camunda:topic="${topic}"/>'
REMINDER = (
    '<boundaryEvent id="late" attachedToRef="one" cancelActivity="false">'
    "<timerEventDefinition><timeDuration>PT0.3S</timeDuration></timerEventDefinition></boundaryEvent>"
    '<endEvent id="reminded"/><sequenceFlow id="r" sourceRef="late" targetRef="reminded"/>'
)


def _task(name: str) -> str:
    return f'<userTask id="{name}"/>'


def _split() -> str:
    flows = "".join(
        f'{_task(name)}<sequenceFlow id="to-{name}" sourceRef="fork" targetRef="{name}"/>'
        f'<sequenceFlow id="from-{name}" sourceRef="{name}" targetRef="join"/>'
        for name in BRANCHES
    )
    ends = (
        '<sequenceFlow id="in" sourceRef="s" targetRef="fork"/><sequenceFlow id="out" sourceRef="join" targetRef="e"/>'
    )
    return f'{START}<parallelGateway id="fork"/><parallelGateway id="join"/>{END}{flows}{ends}{REMINDER}'


DIAGRAMS = (
    process(chain(START, _task("look"), _task("sign"), END), key="approve"),
    process(chain(START, UNTIL_PAID, _task("pack"), END), key="order", outside=PAID),
    process(chain(START, SHIP, SOON, _task("check"), END), key="ship"),
    process(chain(START, CALL, _task("after"), END), key="caller"),
    process(_split(), key="split"),
)


def approve(client: Client) -> None:
    """Two tasks in a row, claimed and completed."""
    instance = client.start("approve")
    for _ in range(2):
        if client.gives_up():
            return
        (task,) = client.tasks(instance, 1)
        client.claim(task)
        client.complete(task)


def order(client: Client) -> None:
    """A message brings the process on."""
    instance = client.start("order")
    if client.gives_up():
        return
    client.correlate("paid", instance)
    (task,) = client.tasks(instance, 1)
    client.complete(task)


def ship(client: Client) -> None:
    """Work for a program, then a timer."""
    instance = client.start("ship", topic=client.topic)
    if client.gives_up():
        return
    client.work_on(instance)
    (task,) = client.tasks(instance, 1)
    client.complete(task)


def call(client: Client) -> None:
    """A called process with two tasks, then one of the caller."""
    instance = client.start("caller")
    for _ in range(2):
        if client.gives_up():
            return
        (task,) = client.tasks(client.called_by(instance), 1)
        client.complete(task)
    (task,) = client.tasks(instance, 1)
    client.complete(task)


def split(client: Client) -> None:
    """Three tasks side by side, one of them with a reminder."""
    instance = client.start("split")
    for number in range(len(BRANCHES)):
        if client.gives_up():
            return
        client.complete(client.tasks(instance, len(BRANCHES) - number)[0])


STORIES: tuple[Callable[[Client], None], ...] = (approve, order, ship, call, split)
