"""No text from outside becomes code, an attribute, a format or a pattern of this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.foreign_text import faults, remainders

PROJECT = Path(__file__).parents[2]
ROOMS = [path for room in ("app", "bpmn") for path in sorted((PROJECT / room).rglob("*.py"))]
#: What is there all the same, and why.
ALLOWED = {
    "app/api/engine_rest/errors.py": {"__mro__": "of our own rejections", "pattern": "made by re.escape"},
    "app/api/problems.py": {"__mro__": "of our own rejections"},
    "app/api/route.py": {"import inspect": "the signatures of our own operations"},
    "app/log.py": {"Formatter": "that of logging"},
    "bpmn/expressions/feel/typenames.py": {"pattern": "made of our own names"},
    "bpmn/expressions/lexer.py": {"pattern": "made of our own numbers"},
    "bpmn/sandbox/child.py": {"vars": "of the module `resource`"},
    "bpmn/sandbox/javascript.py": {"eval": "that of QuickJS, in a process of its own"},
    "bpmn/sandbox/pool.py": {
        "import importlib.util": "whether a sandbox is installed",
        "import subprocess": "starts sandboxes",
    },
}
#: Where `%` is the remainder of two numbers, whose types say so.
TAKES_REMAINDERS = {
    "bpmn/elements/gateways.py",
    "bpmn/expressions/arithmetic.py",
    "bpmn/expressions/feel/builtins/conversion.py",
    "bpmn/expressions/feel/builtins/dates.py",
    "bpmn/expressions/feel/builtins/statistics.py",
    "bpmn/expressions/feel/operators.py",
    "bpmn/expressions/feel/regex/machine.py",
    "bpmn/expressions/feel/temporal.py",
    "bpmn/expressions/feel/values.py",
    "bpmn/expressions/feel/writing.py",
    "bpmn/expressions/feel/zones.py",
    "bpmn/expressions/juel/datepatterns.py",
}
PLANTED = [
    "eval(text)",
    "exec(text, {})",
    "run = eval",
    "list(map(eval, texts))",
    "table = {'evaluate': eval}",
    "import builtins\nbuiltins.eval(text)",
    "from builtins import eval as calculate",
    "__builtins__['eval'](text)",
    "globals()['ev' + 'al'](text)",
    "vars(thing)[text]",
    "class Reader:\n    def compile(self): ...\ncompile(text, '', 'eval')",
    "class Reader:\n    def eval(self): ...\neval(text)",
    "__import__(text)",
    "import importlib\nimportlib.import_module(text)",
    "from importlib import import_module",
    "import sys\nsys.modules[text]",
    "import sys\nsys._getframe()",
    "getattr(thing, text)",
    "read = getattr",
    "for name in names:\n    setattr(thing, name, 1)",
    "thing.__getattribute__(text)",
    "object.__getattribute__(thing, text)",
    "thing.__dict__[text]",
    "().__class__.__base__.__subclasses__()",
    "type(text, (), {})",
    "import operator\noperator.attrgetter(text)(thing)",
    "from operator import methodcaller",
    "import inspect\ninspect.getattr_static(thing, text)",
    "text.format(thing)",
    "list(map(str.format, texts, things))",
    "'{}'.join(texts).format(thing)",
    "text.format_map(things)",
    "format(1, text)",
    "write = format",
    "f'{value:{text}}'",
    "(1).__format__(text)",
    "moment.strftime(text)",
    "from string import Template",
    "import string\nstring.Formatter().vformat(text, (), {})",
    "import operator\noperator.mod(text, thing)",
    "import re\nre.compile(text)",
    "import re\nre.sub(f'^{text}$', '', other)",
    "from re import fullmatch as fits\nfits(text, other)",
    "from re import search\nsearch(text, other)",
    "import pickle",
    "from pickle import loads",
    "import marshal",
    "import yaml",
    "import runpy",
    "import ctypes",
    "from code import InteractiveInterpreter",
    "from concurrent import futures\nfrom multiprocessing import pool",
    "import os\nos.system(text)",
    "from os import popen",
    "import subprocess",
    "import asyncio\nasyncio.create_subprocess_shell(text)",
    "import logging.config",
    "from jinja2 import Environment",
    "root.xpath(text)",
    "from lxml.etree import XPath",
    "root.xinclude()",
]
HARMLESS = [
    "import re\nWORD = re.compile(r'[a-z]+')",
    "import re\nSTART = 'a-z'\nWORD = re.compile(f'[{START}]+|' + START)",
    "import re\nre.search(re.escape(text), other)",
    "getattr(thing, 'name')",
    "for name in ('a', 'b'):\n    getattr(thing, name)",
    "type(thing)",
    "'{} of {}'.format(one, two)",
    "f'{value:,} {other:>10}'",
    "format(number, 'f')",
    "moment.strftime('%Y')",
    "from bpmn.expressions import compile\ncompile(text)",
    "def compile(text): ...\ncompile(text)",
    "import operator\noperator.add(1, 2)",
]


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_read_then_foreign_text_runs_names_and_formats_nothing(path: Path) -> None:
    allowed = ALLOWED.get(str(path.relative_to(PROJECT)), {})
    assert [fault for fault in faults(path.read_text()) if fault.partition(": ")[2] not in allowed] == []


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_given_a_file_of_ours_when_it_writes_a_percent_sign_then_no_foreign_text_is_a_format(path: Path) -> None:
    assert str(path.relative_to(PROJECT)) in TAKES_REMAINDERS or remainders(path.read_text()) == []


def test_given_what_is_allowed_when_compared_with_the_files_then_nothing_of_it_is_needless() -> None:
    found = {name: {fault.partition(": ")[2] for fault in faults((PROJECT / name).read_text())} for name in ALLOWED}
    assert found == {name: set(allowed) for name, allowed in ALLOWED.items()}
    assert {name for name in TAKES_REMAINDERS if not remainders((PROJECT / name).read_text())} == set()


@pytest.mark.parametrize("source", PLANTED)
def test_given_a_way_for_foreign_text_when_it_is_planted_then_it_is_found(source: str) -> None:
    assert faults(source) != []


@pytest.mark.parametrize("source", HARMLESS)
def test_given_what_is_written_in_the_file_when_it_is_read_then_nothing_is_found(source: str) -> None:
    assert faults(source) == []


def test_given_a_format_from_elsewhere_when_a_percent_sign_fills_it_then_it_is_found() -> None:
    assert remainders("text % thing\ntext %= thing\n'%s' % thing") == [1, 2]
