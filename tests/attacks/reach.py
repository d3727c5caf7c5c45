"""Attacks that reach for what is not theirs: attributes, imports, files, the network.

«file» holds the secret, «folder» can be written, and a listener at «port» sends the secret.
"""

from __future__ import annotations

from tests.attacks.attack import DMN, FEEL, JAVASCRIPT, JUEL, PLAIN, PYTHON, SECRET, Attack, Kind, Naive

X = {"x": {"a": 1}}
_WALK = (
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__"
    ".__globals__['environ']['CANARY']"
)
_CLASS = "<class 'dict'>"


def java(class_name: str, method: str) -> str:
    """A function of FEEL that is one of Java."""
    return f'{{f: function(x) external {{java: {{class: "{class_name}", method signature: "{method}"}}}}, r: f("x")}}.r'


WALKS = [
    Attack(Kind.WALK, PYTHON, _WALK, naive=Naive("eval", _WALK)),
    Attack(Kind.WALK, PYTHON, "x.__class__", naive=Naive("eval", "x.__class__", _CLASS), variables=X),
    Attack(
        Kind.WALK, PYTHON, "x.__class__.__mro__[1]", naive=Naive("eval", "x.__class__.__mro__", _CLASS), variables=X
    ),
    Attack(Kind.WALK, PYTHON, "x['__class__']", variables=X),
    Attack(
        Kind.WALK,
        PYTHON,
        "getattr(x, '__cl' + 'ass__')",
        naive=Naive("eval", "getattr(x, '__cl' + 'ass__')", _CLASS),
        variables=X,
    ),
    Attack(
        Kind.WALK, PYTHON, "(lambda: 0).__globals__", naive=Naive("eval", "(lambda: 0).__globals__", "__builtins__")
    ),
    Attack(Kind.WALK, PYTHON, "(lambda: 0).__code__", naive=Naive("eval", "(lambda: 0).__code__", "<code object")),
    Attack(
        Kind.WALK,
        PYTHON,
        "x.get.__self__.__class__",
        naive=Naive("eval", "x.get.__self__.__class__", _CLASS),
        variables=X,
    ),
    Attack(
        Kind.WALK, PYTHON, "print.__self__.open", naive=Naive("eval", "print.__self__.open", "<built-in function open>")
    ),
    Attack(Kind.WALK, PYTHON, "vars(x)", variables=X),
    Attack(
        Kind.WALK,
        PYTHON,
        "try:\n    1 / 0\nexcept Exception as e:\n    r = e.__traceback__.tb_frame.f_globals",
        naive=Naive(
            "exec", "try:\n    1 / 0\nexcept Exception as e:\n    r = e.__traceback__.tb_frame.f_globals", "{...}"
        ),
    ),
    Attack(Kind.WALK, PYTHON, "execution.__class__.__init__.__globals__"),
    Attack(Kind.WALK, PLAIN, "''.__class__.__base__", naive=Naive("eval", "''.__class__.__base__", "<class 'object'>")),
    Attack(Kind.WALK, PLAIN, "x['__class__']", yields=None, variables=X),
    Attack(Kind.WALK, PLAIN, "x.__init__.__globals__", yields=None, variables=X),
    Attack(
        Kind.WALK,
        JUEL,
        "${x.__class__.__mro__}",
        yields=None,
        naive=Naive("eval", "x.__class__.__mro__", _CLASS),
        variables=X,
    ),
    Attack(Kind.WALK, JUEL, "${''.class.forName('java.lang.Runtime').getRuntime().exec('id')}"),
    Attack(Kind.WALK, JUEL, "${x.getClass().getClassLoader()}", variables=X),
    Attack(Kind.WALK, JUEL, "${execution.engineServices.runtimeService}"),
    Attack(Kind.WALK, JUEL, "${execution.getClass()}"),
    Attack(Kind.WALK, JUEL, "${x['__class__']}", yields=None, variables=X),
    Attack(Kind.WALK, FEEL, "x.__class__", yields=None, naive=Naive("eval", "x.__class__", _CLASS), variables=X),
    Attack(Kind.WALK, FEEL, 'get value(x, "__class__")', yields=None, variables=X),
    Attack(
        Kind.WALK,
        FEEL,
        "(function(a) a).__globals__",
        yields=None,
        naive=Naive("eval", "(lambda a: a).__globals__", "__builtins__"),
    ),
    Attack(Kind.WALK, DMN, "x.__init__.__globals__", yields=None, variables=X),
    Attack(Kind.WALK, JAVASCRIPT, "this.constructor.constructor('return process.env.CANARY')()"),
    Attack(Kind.WALK, JAVASCRIPT, "execution.getVariable.constructor('return require')()"),
    Attack(Kind.WALK, JAVASCRIPT, "execution.getClass().forName('java.lang.Runtime')"),
    Attack(Kind.WALK, JAVASCRIPT, "(function () { return arguments.callee.caller.arguments })()"),
]

_SUBPROCESS = "import subprocess\nr = subprocess.check_output(['cat', '«file»'])"
_IMPORTLIB = "from importlib import import_module\nr = import_module('os').environ['CANARY']"
_MODULES = "import sys\nr = sys.modules['os'].environ['CANARY']"
_CTYPES = "import ctypes\nr = ctypes.CDLL(None).getpid() and '" + SECRET + "'"
_SYSTEM = java("java.lang.System", "getenv(java.lang.String)")
IMPORTS = [
    Attack(
        Kind.IMPORT,
        PYTHON,
        "__import__('os').environ['CANARY']",
        naive=Naive("eval", "__import__('os').environ['CANARY']"),
    ),
    Attack(
        Kind.IMPORT,
        PYTHON,
        "import os\nr = os.environ['CANARY']",
        naive=Naive("exec", "import os\nr = os.environ['CANARY']"),
    ),
    Attack(
        Kind.IMPORT,
        PYTHON,
        "import os\nr = os.getenv('CANARY')",
        naive=Naive("exec", "import os\nr = os.getenv('CANARY')"),
    ),
    Attack(
        Kind.IMPORT,
        PYTHON,
        "import os\nos.system('cat «file»')",
        naive=Naive("exec", "import os\nr = os.popen('cat «file»').read()"),
    ),
    Attack(Kind.IMPORT, PYTHON, _SUBPROCESS, naive=Naive("exec", _SUBPROCESS)),
    Attack(Kind.IMPORT, PYTHON, _IMPORTLIB, naive=Naive("exec", _IMPORTLIB)),
    Attack(Kind.IMPORT, PYTHON, _MODULES, naive=Naive("exec", _MODULES)),
    Attack(Kind.IMPORT, PYTHON, "import ctypes\nctypes.string_at(0)", naive=Naive("exec", _CTYPES)),
    Attack(Kind.IMPORT, PYTHON, "import app.config"),
    Attack(Kind.IMPORT, PYTHON, "import pydantic_monty"),
    Attack(
        Kind.IMPORT,
        PYTHON,
        "__builtins__['__import__']('os')",
        naive=Naive("eval", "__builtins__['__import__']('os').environ['CANARY']"),
    ),
    Attack(Kind.IMPORT, PLAIN, "__import__('os').environ", naive=Naive("eval", "__import__('os').environ")),
    Attack(Kind.IMPORT, JUEL, "${T(java.lang.Runtime).getRuntime()}"),
    Attack(Kind.IMPORT, JUEL, "${__import__('os')}", naive=Naive("eval", "__import__('os').environ")),
    Attack(Kind.IMPORT, JUEL, "${java.lang.System.getenv('CANARY')}"),
    Attack(Kind.IMPORT, FEEL, _SYSTEM, says="external"),
    Attack(Kind.IMPORT, DMN, _SYSTEM, says="external"),
    Attack(
        Kind.IMPORT, FEEL, '{f: function(x) external {pmml: {document: "a", model: "b"}}, r: f(1)}.r', says="external"
    ),
    Attack(Kind.IMPORT, JAVASCRIPT, "require('child_process').execSync('id')"),
    Attack(Kind.IMPORT, JAVASCRIPT, "import('os')"),
    Attack(Kind.IMPORT, JAVASCRIPT, "import * as std from 'std'; std.getenv('CANARY')"),
    Attack(Kind.IMPORT, JAVASCRIPT, "std.getenv('CANARY')"),
    Attack(Kind.IMPORT, JAVASCRIPT, "os.exec(['cat', '«file»'])"),
    Attack(Kind.IMPORT, JAVASCRIPT, "Java.type('java.lang.System').getenv('CANARY')", says="cannot be reached"),
    Attack(Kind.IMPORT, JAVASCRIPT, "Packages.java.lang.System.getenv('CANARY')"),
    Attack(Kind.IMPORT, JAVASCRIPT, "process.binding('fs')"),
]

_PATHLIB = "from pathlib import Path\nr = Path('«file»').read_text()"
_FILES = java("java.nio.file.Files", "readString(java.nio.file.Path)")
_XXE = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY s SYSTEM "file://«file»">]>'
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="urn:test">'
    '<decision id="r" name="r"><literalExpression><text>"&s;"</text></literalExpression></decision></definitions>'
)
FILES = [
    Attack(Kind.FILE, PYTHON, "open('«file»').read()", naive=Naive("eval", "open('«file»').read()")),
    Attack(Kind.FILE, PYTHON, _PATHLIB, naive=Naive("exec", _PATHLIB)),
    Attack(
        Kind.FILE,
        PYTHON,
        "import os\nr = os.listdir('«folder»')",
        naive=Naive("exec", "import os\nr = os.listdir('«folder»')", "secret.txt"),
    ),
    Attack(
        Kind.FILE,
        PYTHON,
        "open('«folder»/reached', 'w').write('x')",
        naive=Naive("eval", "open('«folder»/reached', 'w').write('x')", "reached"),
    ),
    Attack(
        Kind.FILE,
        PYTHON,
        "from pathlib import Path\nPath('«folder»/reached').write_text('x')",
        naive=Naive("exec", "from pathlib import Path\nPath('«folder»/reached').write_text('x')", "reached"),
    ),
    Attack(Kind.FILE, PYTHON, "import os\nos.remove('«file»')"),
    Attack(Kind.FILE, PYTHON, "exec(open('«file»').read())"),
    Attack(Kind.FILE, PLAIN, "open('«file»')", naive=Naive("eval", "open('«file»').read()")),
    Attack(Kind.FILE, JUEL, "${open('«file»').read()}", naive=Naive("eval", "open('«file»').read()")),
    Attack(Kind.FILE, JUEL, "${''.class.classLoader.getResource('/')}"),
    Attack(Kind.FILE, FEEL, _FILES, says="external"),
    Attack(Kind.FILE, DMN, _FILES, says="external"),
    Attack(Kind.FILE, DMN, _XXE),
    Attack(Kind.FILE, JAVASCRIPT, "require('fs').readFileSync('«file»', 'utf8')"),
    Attack(Kind.FILE, JAVASCRIPT, "std.loadFile('«file»')"),
    Attack(Kind.FILE, JAVASCRIPT, "import('«file»')"),
    Attack(Kind.FILE, JAVASCRIPT, "load('«file»')"),
    Attack(Kind.FILE, JAVASCRIPT, "new Worker('«file»')"),
]

_SOCKET = "import socket\nr = socket.create_connection(('127.0.0.1', «port»)).recv(99)"
_URLLIB = "from urllib.request import urlopen\nr = urlopen('http://127.0.0.1:«port»/').read()"
_ASYNC = (
    "import asyncio\nasync def reach():\n    reader, _ = await asyncio.open_connection('127.0.0.1', «port»)\n"
    "    return await reader.read()\nr = asyncio.run(reach())"
)
_ADDRESS = java("java.net.InetAddress", "getByName(java.lang.String)")
_IMPORTED = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="urn:test">'
    '<import name="other" namespace="urn:other" locationURI="http://127.0.0.1:«port»/other.dmn" '
    'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    '<decision id="r" name="r"><literalExpression><text>other.secret</text></literalExpression></decision>'
    "</definitions>"
)
NETWORKS = [
    Attack(Kind.NETWORK, PYTHON, _SOCKET, naive=Naive("exec", _SOCKET)),
    Attack(Kind.NETWORK, PYTHON, _URLLIB, naive=Naive("exec", _URLLIB)),
    Attack(Kind.NETWORK, PYTHON, _ASYNC, naive=Naive("exec", _ASYNC)),
    Attack(Kind.NETWORK, PYTHON, "import http.client\nhttp.client.HTTPConnection('127.0.0.1', «port»).connect()"),
    Attack(Kind.NETWORK, PLAIN, "urlopen('http://127.0.0.1:«port»/')"),
    Attack(Kind.NETWORK, JUEL, "${dns.lookup('127.0.0.1')}"),
    Attack(Kind.NETWORK, JUEL, "${''.class.forName('java.net.URL').newInstance('http://127.0.0.1:«port»/').content}"),
    Attack(Kind.NETWORK, FEEL, _ADDRESS, says="external"),
    Attack(Kind.NETWORK, DMN, _ADDRESS, says="external"),
    Attack(Kind.NETWORK, DMN, _IMPORTED, yields=None),
    Attack(Kind.NETWORK, JAVASCRIPT, "fetch('http://127.0.0.1:«port»/')"),
    Attack(Kind.NETWORK, JAVASCRIPT, "new XMLHttpRequest().open('GET', 'http://127.0.0.1:«port»/', false)"),
    Attack(Kind.NETWORK, JAVASCRIPT, "new WebSocket('ws://127.0.0.1:«port»/')"),
    Attack(Kind.NETWORK, JAVASCRIPT, "import('http://127.0.0.1:«port»/')"),
    Attack(Kind.NETWORK, JAVASCRIPT, "new java.net.URL('http://127.0.0.1:«port»/').openStream()"),
]

ATTACKS = [*WALKS, *IMPORTS, *FILES, *NETWORKS]
