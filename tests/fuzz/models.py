"""Random models by a seed: blocks within blocks, and graphs of any shape."""

from __future__ import annotations

from random import Random

from tests.bpmn.diagrams import definitions, references
from tests.fuzz.reference import Flow, Graph, Node

VARIABLES = ("c0", "c1", "c2")
CODES = ("E1", "E2")


class Blocks:
    """Builds block-structured models: every split has its join, every loop its way out."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.number = 0

    def process(self, depth: int) -> Graph:
        """A level with a start event, a block and an end event."""
        graph = Graph()
        first = self.node(graph, "start")
        last = self.node(graph, "end")
        self.flow(graph, first, self.block(graph, depth, last))
        if self.random.random() < 0.3:
            self.handler(graph, self.process(depth - 2) if depth > 1 else self.short())
        return graph

    def short(self) -> Graph:
        """A level with one user task."""
        graph = Graph()
        first, user = self.node(graph, "start"), self.node(graph, "user")
        self.flow(graph, first, user)
        return graph

    def handler(self, graph: Graph, inside: Graph) -> None:
        """An event subprocess of a level; errors always interrupt."""
        trigger = self.random.choice(["message", "message", "catch", "heed"])
        code = self.random.choice((*CODES, "")) if trigger != "message" else ""
        interrupts = trigger == "catch" or self.random.random() < 0.5
        self.node(graph, "handler", inside=inside, trigger=trigger, code=code, interrupts=interrupts)

    def node(self, graph: Graph, kind: str, **more: object) -> str:
        self.number += 1
        name = f"{kind}{self.number}"
        graph.nodes[name] = Node(name, kind, **more)  # type: ignore[arg-type]
        return name

    def flow(self, graph: Graph, source: str, target: str, condition: str | None = None, default: bool = False) -> None:
        self.number += 1
        graph.flows.append(Flow(f"f{self.number}", source, target, condition, default))

    def block(self, graph: Graph, depth: int, following: str) -> str:
        """A block that leads to `following`; where it begins."""
        kinds = ["user", "user", "task"]
        if depth > 0:
            kinds += ["seq", "seq", "xor", "and", "and", "or", "or", "loop", "sub", "sub", "event", "raise"]
        kind = self.random.choice(kinds)
        if kind in ("user", "task"):
            return self.task(graph, kind, depth, following)
        if kind == "seq":
            return self.block(graph, depth - 1, self.block(graph, depth - 1, following))
        if kind == "loop":
            return self.loop(graph, depth, following)
        if kind == "sub":
            return self.sub(graph, depth, following)
        if kind == "event":
            return self.events(graph, [self.block(graph, depth - 1, following) for _ in range(2)])
        if kind == "raise":
            raising = self.node(graph, "raise", code=self.random.choice(CODES))
            self.flow(graph, raising, self.block(graph, depth - 1, following))
            return raising
        return self.split(graph, kind, depth, following)

    def task(self, graph: Graph, kind: str, depth: int, following: str) -> str:
        name = self.node(graph, kind)
        self.flow(graph, name, following)
        if kind == "user" and self.random.random() < 0.25:
            self.boundary(graph, name, depth, following)
        return name

    def boundary(self, graph: Graph, name: str, depth: int, following: str) -> None:
        """A message event; its path returns to the block's end where it interrupts, else it has an end of its own."""
        interrupts = self.random.random() < 0.5
        event = self.node(graph, "message", attached_to=name, interrupts=interrupts)
        target = following if interrupts else self.node(graph, "end")
        self.flow(graph, event, self.block(graph, depth - 2, target))

    def events(self, graph: Graph, targets: list[str]) -> str:
        """An event-based gateway with a message before each of the targets."""
        gateway = self.node(graph, "event")
        for target in targets:
            receive = self.node(graph, "receive")
            self.flow(graph, gateway, receive)
            self.flow(graph, receive, target)
        return gateway

    def split(self, graph: Graph, kind: str, depth: int, following: str) -> str:
        split, join = self.node(graph, kind), self.node(graph, kind)
        count = self.random.randint(2, 3)
        default = self.random.randrange(count) if kind != "and" else -1
        for branch in range(count):
            begin = join if self.random.random() < 0.15 else self.block(graph, depth - 1, join)
            condition = None if kind == "and" or branch == default else self.random.choice(VARIABLES)
            self.flow(graph, split, begin, condition, branch == default)
        self.flow(graph, join, following)
        return split

    def loop(self, graph: Graph, depth: int, following: str) -> str:
        merge, again = self.node(graph, "xor"), self.node(graph, "xor")
        user = self.node(graph, "user")
        self.flow(graph, user, again)
        self.flow(graph, merge, self.block(graph, depth - 1, user))
        self.flow(graph, again, merge, self.random.choice(VARIABLES))
        self.flow(graph, again, following, default=True)
        return merge

    def sub(self, graph: Graph, depth: int, following: str) -> str:
        name = self.node(graph, "sub")
        inside = self.process(depth - 1)
        sub = graph.nodes[name]
        sub.inside = inside
        if self.random.random() < 0.3:
            sub.local = {self.random.choice(VARIABLES): self.random.random() < 0.5}
        self.flow(graph, name, following)
        if self.random.random() < 0.4:
            self.way_out(inside, self.random.choice(["terminate", "error"]))
        for code in (*CODES, ""):
            if self.random.random() < 0.5:
                self.flow(graph, self.node(graph, "catch", attached_to=name, code=code), following)
        if self.random.random() < 0.4:
            heed = self.node(graph, "heed", attached_to=name, code=self.random.choice((*CODES, "")))
            self.flow(graph, heed, following)
        if self.random.random() < 0.25:
            self.boundary(graph, name, depth, following)
        return name

    def way_out(self, graph: Graph, kind: str) -> None:
        """Another end beside a flow of the level, behind an exclusive gateway."""
        end = self.node(graph, kind, code=self.random.choice(CODES) if kind == "error" else "")
        possible = [number for number, flow in enumerate(graph.flows) if graph.nodes[flow.source].kind != "event"]
        index = self.random.choice(possible)
        flow = graph.flows[index]
        gate = self.node(graph, "xor")
        graph.flows[index] = Flow(flow.id, flow.source, gate, flow.condition, flow.is_default)
        self.flow(graph, gate, end, self.random.choice(VARIABLES))
        self.flow(graph, gate, flow.target, default=True)


def any_graph(random: Random, blocks: Blocks, depth: int = 1, *, most: int = 9, handles: bool = False) -> Graph:
    """A level of any shape: gateways without partners, loops into the middle, ends on the way, maybe no start event.

    `handles` says that it is the inside of an event subprocess, which has one.
    """
    graph = Graph()
    kinds = ["user", "user", "user", "user", "task", "xor", "xor", "and", "and", "or", "or", "end", "event", "raise"]
    kinds += ["sub", "terminate", "error"] if depth else ["terminate", "error"]
    names = [blocks.node(graph, random.choice(kinds)) for _ in range(random.randint(min(3, most), most))]
    for name in names:
        node = graph.nodes[name]
        if node.kind == "sub":
            node.inside = any_graph(random, blocks, depth - 1)
            node.local = {random.choice(VARIABLES): True} if random.random() < 0.2 else {}
        if node.kind in ("error", "raise"):
            node.code = random.choice(CODES)
        if node.kind in ("user", "sub") and random.random() < 0.4:
            kind = random.choice(["catch", "heed", "message"]) if node.kind == "sub" else "message"
            code = random.choice((*CODES, "")) if kind != "message" else ""
            interrupts = kind == "catch" or random.random() < 0.5
            event = blocks.node(graph, kind, attached_to=name, code=code, interrupts=interrupts)
            blocks.flow(graph, event, random.choice(names))
    for name in names:
        _ways(random, blocks, graph, name, names)
    if handles or random.random() < 0.8 or all(graph.entering(name) for name in names):
        blocks.flow(graph, blocks.node(graph, "start"), names[0])
    if random.random() < 0.3:
        blocks.handler(
            graph, any_graph(random, blocks, depth - 1, most=3, handles=True) if depth > 0 else blocks.short()
        )
    return graph


def _ways(random: Random, blocks: Blocks, graph: Graph, name: str, names: list[str]) -> None:
    kind = graph.nodes[name].kind
    if kind in ("end", "terminate", "error"):
        return
    if kind == "event":
        for _ in range(random.randint(1, 2)):
            receive = blocks.node(graph, "receive")
            blocks.flow(graph, name, receive)
            blocks.flow(graph, receive, random.choice(names))
        return
    branching = kind in ("xor", "and", "or") or random.random() < 0.15
    targets = [random.choice(names) for _ in range(random.randint(1, 3) if branching else 1)]
    conditional = kind in ("xor", "or") or (kind != "and" and random.random() < 0.2)
    default = random.randrange(len(targets)) if conditional and random.random() < 0.8 else -1
    for number, target in enumerate(targets):
        is_default = number == default and len(targets) > 1
        condition = random.choice(VARIABLES) if conditional and not is_default else None
        blocks.flow(graph, name, target, condition, is_default)


def block_model(seed: int) -> Graph:
    """A block-structured process."""
    random = Random(seed)
    return Blocks(random).process(random.randint(2, 4))


def wild_model(seed: int) -> Graph:
    """A process of any shape."""
    random = Random(seed)
    return any_graph(random, Blocks(random))


def to_xml(graph: Graph) -> bytes:
    """The diagram of a model."""
    events = references("error=E1 error=E2 escalation=E1 escalation=E2 message=go ")
    return definitions(f'<process id="p" isExecutable="true">{_level(graph)}</process>{events}')


_TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "terminate": "endEvent",
    "error": "endEvent",
    "user": "userTask",
    "task": "task",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "sub": "subProcess",
    "handler": "subProcess",
    "event": "eventBasedGateway",
    "receive": "intermediateCatchEvent",
    "raise": "intermediateThrowEvent",
    "message": "boundaryEvent",
    "catch": "boundaryEvent",
    "heed": "boundaryEvent",
}


def _level(graph: Graph, handler: Node | None = None) -> str:
    return "".join(_node(graph, node, handler) for node in graph.nodes.values()) + "".join(map(_flow, graph.flows))


def _node(graph: Graph, node: Node, around: Node | None) -> str:
    """An element; the start event of an event subprocess says what begins it."""
    attributes = f' id="{node.id}"'
    inner = _inner(node)
    for flow in graph.leaving(node.id):
        attributes += f' default="{flow.id}"' if flow.is_default else ""
    if node.attached_to is not None:
        attributes += f' attachedToRef="{node.attached_to}" cancelActivity="{str(node.interrupts).lower()}"'
    if node.kind == "handler":
        attributes += ' triggeredByEvent="true"'
    if node.kind == "start" and around is not None:
        attributes += f' isInterrupting="{str(around.interrupts).lower()}"'
        inner = _definition(around.trigger, around.code)
    return f"<{_TAGS[node.kind]}{attributes}>{inner}</{_TAGS[node.kind]}>"


def _definition(kind: str, code: str) -> str:
    if kind in ("message", "receive"):
        return '<messageEventDefinition messageRef="message_go"/>'
    if kind in ("raise", "heed"):
        return (
            f'<escalationEventDefinition escalationRef="escalation_{code}"/>'
            if code
            else "<escalationEventDefinition/>"
        )
    return f'<errorEventDefinition errorRef="error_{code}"/>' if code else "<errorEventDefinition/>"


def _inner(node: Node) -> str:
    if node.kind == "terminate":
        return "<terminateEventDefinition/>"
    if node.kind in ("message", "receive", "error", "catch", "raise", "heed"):
        return _definition(node.kind, node.code)
    if node.inside is None:
        return ""
    if node.kind == "handler":
        return _level(node.inside, node)
    parameters = "".join(
        f'<camunda:inputParameter name="{name}">${{{str(value).lower()}}}</camunda:inputParameter>'
        for name, value in node.local.items()
    )
    mapped = f"<extensionElements><camunda:inputOutput>{parameters}</camunda:inputOutput></extensionElements>"
    return (mapped if parameters else "") + _level(node.inside)


def _flow(flow: Flow) -> str:
    condition = f"<conditionExpression>${{{flow.condition}}}</conditionExpression>" if flow.condition else ""
    return (
        f'<sequenceFlow id="{flow.id}" sourceRef="{flow.source}" targetRef="{flow.target}">{condition}</sequenceFlow>'
    )
