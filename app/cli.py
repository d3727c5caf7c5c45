"""The command line: `python -m app run | serve | worker | migrate | deploy | doctor`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import psycopg
from pydantic import ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from app import __version__, log
from app.commands import deployments
from app.commands.deployments import Deployed
from app.config import Settings
from app.db import Database, Transaction, lacks_file, migrate, newest_revision
from app.engine import doctor
from app.engine.runtime import Runtime
from app.errors import Busy, InvalidModel, Rejection
from app.main import create_app
from app.queries.health import revision
from app.queries.page import Paging
from app.queries.process_instances import list_instances
from app.serving import CannotListen, address_of, open_socket, serve
from app.worker.loop import Worker

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
_PAGE = 500
_PREFIX = "THROUGHLINE_"
_QUIET = ("alembic", "uvicorn.error")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; exits with 1 where it was refused, and 2 where the arguments are no command.

    Whatever is wrong with settings or database is said in one line each.
    """
    asked = _parser().parse_args(arguments)
    try:
        settings = _settings(asked)
        log.set_up(settings.log_level, settings.log_format)
        for name in _QUIET:
            logging.getLogger(name).setLevel(logging.WARNING)
        for said in _unknown_settings(os.environ):
            print(said, file=sys.stderr)
        command: Callable[[Settings, argparse.Namespace], None] = asked.command
        command(settings, asked)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False, include_input=False):
            name = str(error["loc"][0]).upper()
            print(f"{_PREFIX}{name}: {error['msg']}", file=sys.stderr)
        sys.exit(1)
    except (CannotListen, OSError) as problem:
        sys.exit(str(problem))
    except InvalidModel as refused:
        _print_refusals(refused)
        sys.exit(refused.message)
    except Rejection as refused:
        sys.exit(refused.message)
    except (DatabaseError, sqlite3.Error, psycopg.Error) as problem:
        sys.exit(f"The database cannot be used: {_first_line(getattr(problem, 'orig', None) or problem)}")


def _unknown_settings(environment: Mapping[str, str]) -> Iterator[str]:
    """What is said of variables that look like settings and are none."""
    known = [_PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(environment):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; docs/configuration.md names all."
            yield f"{name} is set in the environment and is no setting{hint}"


def _require_database(settings: Settings) -> None:
    """Raise `Busy` with the reason unless the database can be reached."""
    database = Database(settings.database_url, busy_seconds=settings.busy_seconds)
    try:
        database.connect().close()
    except Busy as problem:
        why = _first_line(problem.__cause__ or problem)
        raise Busy(f"The database {_shown(settings.database_url)} cannot be reached: {why}") from None
    finally:
        database.close()


def _require_schema(settings: Settings) -> None:
    """Raise `Busy` unless the database can be reached and has the schema of this release; nothing is made."""
    if lacks_file(settings.database_url):
        raise Busy(f"{_shown(settings.database_url)} is not there; first: python -m app migrate")
    _require_database(settings)
    database = Database(settings.database_url, busy_seconds=settings.busy_seconds)
    try:
        with Transaction(database, writes=False) as tx:
            found = revision(tx)
    except (sqlite3.Error, psycopg.Error):
        found = None  # it was never migrated
    finally:
        database.close()
    if found != newest_revision():
        raise Busy(f"{_shown(settings.database_url)} has not the schema of this release; first: python -m app migrate")


def _first_line(problem: BaseException) -> str:
    return str(problem).strip().partition("\n")[0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="throughline", description="A BPMN 2.0 execution server. Settings: docs/configuration.md."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    run = _command(commands, "run", _run, "migrate, deploy the examples, and serve API and worker")
    serving = _command(commands, "serve", _serve, "serve the API, and work off jobs unless THROUGHLINE_WORKER=false")
    for command in (run, serving):
        command.add_argument("--host", help="the address to listen on")
        command.add_argument("--port", type=int, help="the port to listen on")
    _command(commands, "worker", _work, "work off jobs, without the API")
    _command(commands, "migrate", _migrate, "bring the database to the newest schema")
    deploying = _command(commands, "deploy", _deploy, "deploy files into the database, whether a server runs or not")
    deploying.add_argument("files", nargs="+", type=Path, help="diagrams and what goes with them, as one deployment")
    deploying.add_argument("--name", help="the deployment's name (default: the first file's)")
    _command(commands, "doctor", _doctor, "compare the state of every process instance with its rows")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    function: Callable[[Settings, argparse.Namespace], None],
    summary: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=function)
    return parser


def _settings(asked: argparse.Namespace) -> Settings:
    given = {name: getattr(asked, name, None) for name in ("host", "port")}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError) as problem:
        sys.exit(f"{_PREFIX}DATABASE_URL: {_first_line(problem)}")
    return settings


class _Progress:
    """Lines with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def say(self, text: str) -> None:
        print(f"{time.perf_counter() - self._start:6.2f} s  {text}", flush=True)


def _run(settings: Settings, _: argparse.Namespace) -> None:
    progress = _Progress()
    _require_database(settings)
    opened = open_socket(settings)
    progress.say(f"Throughline {__version__}")
    migrate(settings.database_url)
    progress.say(f"{_shown(settings.database_url)} has the newest schema")
    added = _deploy_examples(settings)
    progress.say(f"examples deployed: {', '.join(added) if added else 'all as they were'}")
    address = address_of(opened)

    def ready() -> None:
        progress.say("API and worker are up" if settings.worker else "the API is up, without a worker")
        print(f"\n  {address}/docs           every operation, to try out")
        print(f"  {address}/openapi.json   the same, for programs")
        print(f"  {address}/api/v1/health  whether all is well")
        print("\n  Ctrl-C stops it.", flush=True)

    serve(create_app(settings), opened, ready=ready)


def _shown(database_url: str) -> str:
    return make_url(database_url).render_as_string(hide_password=True)


def _deploy_examples(settings: Settings) -> list[str]:
    """The names of those examples that were not there yet."""
    added = []
    runtime = Runtime(settings)
    try:
        for file in sorted(EXAMPLES.glob("*.bpmn")):
            # A diagram comes with the decisions that are named like it.
            resources = {beside.name: beside.read_bytes() for beside in sorted(EXAMPLES.glob(f"{file.stem}.*mn"))}
            made = _deployed(runtime, resources, file.stem, filter_duplicates=True)
            added += [] if made.duplicate else [file.stem]
    finally:
        runtime.close()
    return added


def _deployed(runtime: Runtime, resources: dict[str, bytes], name: str, *, filter_duplicates: bool) -> Deployed:
    prepared = deployments.prepare(resources, runtime.settings, runtime.sandboxes)
    return runtime.write(
        lambda tx: deployments.create(
            tx, prepared, name=name, source="command line", filter_duplicates=filter_duplicates
        )
    )


def _serve(settings: Settings, _: argparse.Namespace) -> None:
    _require_schema(settings)
    opened = open_socket(settings)
    logger = log.Log(__name__)
    serve(create_app(settings), opened, ready=lambda: logger.info("serving", address=address_of(opened)))


def _work(settings: Settings, _: argparse.Namespace) -> None:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    _require_schema(settings)
    runtime = Runtime(settings)
    worker = Worker(runtime)
    worker.start()
    log.Log(__name__).info("working", database=_shown(settings.database_url))
    stopping.wait()
    worker.stop()
    runtime.close()


def _migrate(settings: Settings, _: argparse.Namespace) -> None:
    migrate(settings.database_url)
    print(f"{_shown(settings.database_url)} has the newest schema")


def _deploy(settings: Settings, asked: argparse.Namespace) -> None:
    resources = {file.name: file.read_bytes() for file in asked.files}
    _require_schema(settings)
    runtime = Runtime(settings)
    try:
        made = _deployed(runtime, resources, asked.name or asked.files[0].name, filter_duplicates=True)
    finally:
        runtime.close()
    for definition in made.definitions:
        print(f"{definition.key} version {definition.version}: {definition.id}")
    for decision in made.decisions:
        print(f"{decision.key} version {decision.version}: {decision.id}")
    print(f"deployment {made.id}{' (was there with the same content)' if made.duplicate else ''}")


def _print_refusals(refused: InvalidModel) -> None:
    for entry in refused.report.refused:
        attribute = f" {entry.attribute}" if entry.attribute else ""
        print(f"{entry.file}:{entry.line}: {entry.element_id or entry.element_type}{attribute}: {entry.message}")


def _doctor(settings: Settings, _: argparse.Namespace) -> None:
    _require_schema(settings)
    runtime = Runtime(settings)
    checked, different = 0, 0
    for instance_id in _instance_ids(runtime):
        # One by one: a server that works on the same database is held up by none of them.
        findings = runtime.write(partial(doctor.check, instance_id=instance_id))
        checked, different = checked + 1, different + len(findings)
        for finding in findings:
            print(finding)
    runtime.close()
    print(f"{checked} process instances checked, {different} differences found")
    if different:
        sys.exit(1)


def _instance_ids(runtime: Runtime) -> Iterator[str]:
    paging = Paging(_PAGE)
    while True:
        page = runtime.read(partial(list_instances, paging=paging))
        yield from (row.id for row in page.items)
        if page.next_cursor is None:
            return
        paging = Paging(_PAGE, page.next_cursor)
