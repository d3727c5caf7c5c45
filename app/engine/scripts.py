"""Jobs that run scripts: asked for in one transaction, run with none open, answered in another.

Where the process dies in between, the job is claimed again when its lease ends, and the script runs anew. What it gave
is brought to the instance only if its step still waits for just that.
"""

from __future__ import annotations

from app.engine import advance, instances, jobs
from app.engine.instances import Held
from app.engine.work import Work
from app.queue import Claimed, Done, Parked
from bpmn.errors import NotWaiting
from bpmn.execution import Wanted
from bpmn.scripts import Ran

KIND = "script"


def asked(tx: Work, claimed: Claimed) -> Wanted | None:
    """The script that a claimed job is to run; None where there is none to be run, and the job is dealt with."""
    job, row = jobs.hold(tx, claimed)
    if job is None:
        return None
    if row is None or row.ended:
        jobs.leave(tx, job, row, Done())
        return None
    if row.status == instances.SUSPENDED:
        jobs.leave(tx, job, row, Parked())
        return None
    activity = job.activity or 0
    try:
        asking = instances.restore(tx, row).execution.script_of(activity)
    except NotWaiting:
        jobs.leave(tx, job, row, Done())
        return None
    if asking is None:
        # What its step needed a script for has changed: it is taken without.
        held = instances.restore(tx, row)
        held.execution.script_done(activity)
        _settle(tx, held)
    return asking


def answered(tx: Work, claimed: Claimed, given: Ran | str) -> None:
    """Bring what a script gave, or why it failed, to the step that waits for it; nothing where none does."""
    job, row = jobs.hold(tx, claimed)
    if job is None:
        return
    if row is not None and row.status == instances.SUSPENDED:
        jobs.leave(tx, job, row, Parked())
        return
    if row is None or row.ended:
        jobs.leave(tx, job, row, Done())
        return
    held = instances.restore(tx, row)
    try:
        _bring(held, job.activity or 0, given)
    except NotWaiting:
        # It was canceled meanwhile, or waits for another script by now.
        jobs.leave(tx, job, row, Done())
    else:
        _settle(tx, held)


def _bring(held: Held, activity: int, given: Ran | str) -> None:
    if isinstance(given, str):
        held.execution.script_failed(activity, given)
    else:
        given.tell(held.execution, activity)


def _settle(tx: Work, held: Held) -> None:
    """Record what followed; the job goes with the script that is waited for no more."""
    advance.settle(tx, held, "run-script")
