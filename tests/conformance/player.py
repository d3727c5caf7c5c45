"""Player: plays the instances of one story, kept in memory or saved after every stimulus."""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec

from bpmn import apart, parsing, scripts, state
from bpmn import facts as f
from bpmn.execution import Context, Execution, LiveActivity
from bpmn.facts import Fact
from bpmn.model import ProcessModel
from bpmn.policy import BY_DEFAULT, Policy
from bpmn.sandbox import Limits, Sandboxes, ScriptFailed
from bpmn.values import Value, Variables, to_json
from tests.conformance.drawer import Drawer
from tests.conformance.mirror import Mirror

Way = Literal["kept", "saved", "apart"]
"""What becomes of an instance between two stimuli: nothing, a state, or a state with parts beside it."""

_stored_facts = msgspec.json.Decoder(list[Fact], float_hook=Decimal)


@dataclass(eq=False)
class Instance:
    """One process instance of a story, with what its facts told so far."""

    key: str
    execution: Execution
    business_key: str | None
    caller: tuple[Instance, int] | None = None
    mirror: Mirror = field(default_factory=Mirror)
    facts: list[Fact] = field(default_factory=list)
    by_advance: list[str] = field(default_factory=list)
    continues: bool = False
    drawer: Drawer | None = None
    #: A copy to look at, where looking would load what a stimulus need not load.
    copy: Execution | None = None
    #: The state that lies beside what the drawer has.
    state: bytes = b""

    @property
    def seen(self) -> Execution:
        """What may be looked at."""
        return self.copy or self.execution

    def learn(self) -> list[Fact]:
        """Take the new facts, as they would come back from where they are stored."""
        taken = self.execution.take_facts()
        written = to_json(taken)
        stored: list[Fact] = _stored_facts.decode(written)
        assert stored == taken
        for fact in stored:
            self.mirror.learn(fact)
        self.facts.extend(stored)
        self.by_advance.append(written.decode())
        self.continues = self.continues or any(isinstance(fact, f.ContinuationDue) for fact in stored)
        return stored

    def variables(self, scope: int = 0) -> dict[str, Value]:
        """What its facts told of the variables of a scope."""
        return {name: value for (holder, name), value in self.mirror.variables.items() if holder == scope}


class Player:
    """Plays a story; unless it is kept, every instance is saved and restored after each stimulus."""

    def __init__(
        self,
        xml: bytes,
        *,
        way: Way,
        remote: tuple[str, ...],
        proceeds: bool,
        context: Context,
        policy: Policy = BY_DEFAULT,
        scripts: bool = True,
    ) -> None:
        self.xml = xml
        self.way = way
        self.remote = remote
        self.proceeds = proceeds
        self.scripts = scripts
        self.context = context
        self.instances: list[Instance] = []
        #: Who waits for escalations that calls have handed on.
        self.handed_on: dict[tuple[int, int], deque[tuple[Instance, int]]] = {}
        self.policy = policy
        self.models = parse(xml, policy)

    def start(self, key: str | None, variables: Variables, start_event: str | None) -> None:
        """Start the story's own process: the first of the file unless it is named."""
        model = self.models[key or next(iter(self.models))]
        execution = Execution.start(model, self.context, variables=variables, start_event=start_event)
        self.instances.append(Instance(model.key, execution, self.context.business_key))
        self.settle(self.instances[0])

    def settle(self, first: Instance) -> None:
        """Do what an advance asks for, as a server does: call, return, cancel, save, proceed."""
        self._react_to_all(first)
        while True:
            due = next((item for item in self.instances if item.continues and not item.execution.ended), None)
            asking = next((item for item in self.instances if item.mirror.scripts), None)
            if self.proceeds and due is not None:
                self.proceed(due)
            elif self.scripts and asking is not None:
                self.run_script(asking, min(asking.mirror.scripts))
            else:
                break

    def run_script(self, instance: Instance, activity: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Run the script that an activity waits for, as a server does: from the saved state, and then on the live one."""
        saved = instance.state if instance.drawer is not None else instance.execution.dump()
        asking = self._restored(instance, saved).script_of(activity)
        ran = None
        problem = ""
        if asking is not None:
            try:
                ran = scripts.run(sandboxes(), asking)
            except ScriptFailed as failed:
                problem = scripts.told(failed)
        meanwhile()
        if problem:
            instance.execution.script_failed(activity, problem)
        elif ran is None:
            instance.execution.script_done(activity)
        else:
            ran.tell(instance.execution, activity)
        self._react_to_all(instance)

    def proceed(self, instance: Instance, border: str | None = None) -> None:
        """Go on with one instance behind a transaction border."""
        instance.continues = border is not None  # others may wait at borders
        instance.execution.proceed(border)
        self._react_to_all(instance)

    def at(self, element: str, fits: Callable[[LiveActivity], bool] = lambda item: True) -> tuple[Instance, int]:
        """The oldest open activity of an element, in the oldest instance that has one; runs before what holds them."""
        for is_scope in (False, True):
            for instance in self.instances:
                for item in instance.seen.live():
                    if item.element == element and fits(item) and (item.waits == "scope") is is_scope:
                        return instance, item.activity
        raise AssertionError(f"{element} is not open; there are {[list(i.execution.live()) for i in self.instances]}")

    def waiting_for(self, event: str) -> tuple[Instance, int]:
        """The oldest open activity at which an event is waited for."""
        for instance in self.instances:
            for activity, name in instance.mirror.waits:
                if name == event:
                    return instance, activity
        raise AssertionError(f"nobody waits for {event}; waits: {[i.mirror.waits for i in self.instances]}")

    def travel(self, moment: datetime) -> None:
        """Let it be later."""
        self.context = replace(self.context, now=max(moment, self.context.now))
        for instance in self.instances:
            instance.execution.context = self._context_of(instance)

    def _context_of(self, instance: Instance) -> Context:
        return replace(self.context, business_key=instance.business_key)

    def _react_to_all(self, first: Instance) -> None:
        pending = deque([first])
        while pending:
            instance = pending.popleft()
            for fact in instance.learn():
                pending.extend(self._react(instance, fact))
        for instance in self.instances:
            self._check_and_save(instance)

    def _react(self, instance: Instance, fact: Fact) -> list[Instance]:
        if isinstance(fact, f.ProcessCalled):
            return self._call(instance, fact)
        if isinstance(fact, f.CallCanceled):
            return self._cancel_called(instance, fact.activity)
        if isinstance(fact, f.EscalationRaised) and instance.caller is not None:
            return self._escalate(instance, instance.caller, fact)
        if isinstance(fact, f.ProcessEnded) and instance.caller is not None:
            return self._give_back(instance, instance.caller, fact)
        return []

    def _call(self, instance: Instance, fact: f.ProcessCalled) -> list[Instance]:
        if fact.key in self.remote:
            return []
        if fact.key not in self.models:
            instance.execution.fail(fact.activity, "called-process-missing", f"there is no process {fact.key!r}")
            return [instance]
        child = Instance(fact.key, self._started(fact), fact.business_key, (instance, fact.activity))
        self.instances.append(child)
        return [child]

    def _started(self, fact: f.ProcessCalled) -> Execution:
        context = replace(self.context, business_key=fact.business_key)
        return Execution.start(self.models[fact.key], context, variables=fact.variables, called=True)

    def _cancel_called(self, instance: Instance, activity: int) -> list[Instance]:
        called = [item for item in self.instances if item.caller == (instance, activity)]
        children = [item for item in called if not item.execution.ended]
        for item in children:
            item.execution.cancel()
        return children

    def _escalate(self, child: Instance, caller: tuple[Instance, int], raised: f.EscalationRaised) -> list[Instance]:
        parent, activity = caller
        if apart.find(parent.execution, activity) is None:
            return []
        below = self.handed_on.get((id(child), raised.activity))
        waiting = below.popleft() if below else (child, raised.activity)
        if parent.execution.escalate(activity, raised.code, child.variables()):
            self.handed_on.setdefault((id(parent), activity), deque()).append(waiting)
            return [parent]
        is_open = apart.find(parent.execution, activity) is not None
        if not is_open or not waiting[0].execution.escalation_heard(waiting[1]):
            return [parent]
        return [parent, waiting[0]]

    def _give_back(self, child: Instance, caller: tuple[Instance, int], ending: f.ProcessEnded) -> list[Instance]:
        parent, activity = caller
        if apart.find(parent.execution, activity) is None:
            return []
        parent.execution.call_ended(
            activity,
            variables=child.variables(),
            outcome=ending.outcome,
            error_code=ending.error_code,
            error_message=ending.error_message,
        )
        return [parent]

    def _check_and_save(self, instance: Instance) -> None:
        if self.way == "apart":
            self._save_apart(instance)
            return
        instance.mirror.agrees_with(instance.execution)
        if self.way == "saved" and not instance.execution.ended:
            dumped = instance.execution.dump()
            alive = {activity: element for activity, element, *_ in state.alive(dumped)}
            assert alive == instance.mirror.activities
            instance.execution = self._restored(instance, dumped)
            assert instance.execution.dump() == dumped
            instance.mirror.agrees_with(instance.execution)

    def _save_apart(self, instance: Instance) -> None:
        drawer = instance.drawer = instance.drawer or Drawer(lambda: instance.mirror.variables)
        saved = instance.state = drawer.keep(instance.execution.save())
        if instance.execution.ended:
            assert drawer.is_empty
            return
        alive = {activity: element for activity, element, *_ in state.alive(saved, *drawer.parts())}
        assert alive == instance.mirror.activities
        instance.execution, instance.copy = self._restored(instance, saved), self._restored(instance, saved)
        instance.mirror.agrees_with(instance.copy)

    def _restored(self, instance: Instance, dumped: bytes) -> Execution:
        model = parse(self.xml, self.policy)[instance.key]
        has_parts = instance.drawer is not None and instance.drawer.parts()
        variables = {k: value for k, value in instance.mirror.variables.items() if k[0] == 0 or not has_parts}
        return Execution.restore(model, self._context_of(instance), dumped, variables, instance.drawer)


@cache
def sandboxes() -> Sandboxes:
    """The sandboxes of all stories of this process, with limits that a loaded machine keeps."""
    found = Sandboxes(limits=Limits(seconds=5))
    atexit.register(found.close)
    return found


def parse(xml: bytes, policy: Policy = BY_DEFAULT) -> dict[str, ProcessModel]:
    """The processes of a file by key, in its order."""
    return {model.key: model for model in parsing.parse({"story.bpmn": xml}, policy=policy).models}
