"""Attacks by tricks: on prototypes and builtins, by formats, by what variables hold, by what goes wrong."""

from __future__ import annotations

from typing import Any

from tests.attacks.attack import DMN, FEEL, JAVASCRIPT, JUEL, PLAIN, PYTHON, TEMPLATE, Attack, Kind, Naive

X: dict[str, Any] = {"x": {"a": 1}}
_CLASS = "<class 'dict'>"


def spoils(text: str, others: str, yields: object) -> Attack:
    """A script that changes what the next one finds."""
    return Attack(Kind.PROTOTYPE, JAVASCRIPT, text, yields, Naive("quickjs, then others", text, others))


_LEN = "import builtins\nbuiltins.len = lambda x: 42"
_DUMPS = "import json\njson.dumps = lambda x: 'spoiled'"
PROTOTYPES = [
    spoils("({}).__proto__.polluted = 'spoiled'; 1", "spoiled", 1),
    spoils("Object.defineProperty(Object.prototype, 'polluted', { get: () => 'spoiled' }); 2", "spoiled", 2),
    spoils("Array.prototype.map = () => 'spoiled'; [1].map(x => x)", "spoiled", "spoiled"),
    spoils("Object.prototype.toString = () => 'spoiled'; 3", "spoiled", 3),
    spoils('JSON.stringify = () => \'{"value": "spoiled", "assigned": {}}\'; 4', "spoiled", 4),
    spoils("Array.prototype.toString = () => 'spoiled'; [5]", "spoiled", [5]),
    spoils("globalThis.Map = Set = Promise = Date = undefined; 6", "undefined", 6),
    Attack(
        Kind.PROTOTYPE, JAVASCRIPT, "Object.keys = () => ['forged']; Array.isArray = () => true; ({ a: 1 })", {"a": 1}
    ),
    Attack(
        Kind.PROTOTYPE, JAVASCRIPT, "Map.prototype.set = Map.prototype.entries = null; execution.getBusinessKey()", None
    ),
    Attack(
        Kind.PROTOTYPE,
        JAVASCRIPT,
        "Object.setPrototypeOf(Array.prototype, new Proxy({}, { get() { throw 1 } })); [7]",
        [7],
    ),
    Attack(
        Kind.PROTOTYPE,
        JAVASCRIPT,
        "execution.getVariable = () => 'forged'; execution.getVariable('x')",
        {"a": 1},
        variables=X,
    ),
    Attack(Kind.PROTOTYPE, JAVASCRIPT, "Array.prototype[Symbol.iterator] = function* () { yield 'forged' }; [8]", [8]),
    Attack(
        Kind.PROTOTYPE,
        JAVASCRIPT,
        "String.prototype.toString = Number.prototype.toString = () => 'forged'; ['a', 9n]",
        ["a", 9],
    ),
    Attack(
        Kind.PROTOTYPE,
        JAVASCRIPT,
        "Object.defineProperty(Object.prototype, 'value', { set() { throw 1 } }); ({ value: 1 })",
        {"value": 1},
    ),
    Attack(Kind.PROTOTYPE, PYTHON, _LEN, naive=Naive("exec, then others", _LEN, "42")),
    Attack(Kind.PROTOTYPE, PYTHON, _DUMPS, naive=Naive("exec, then others", _DUMPS, "spoiled")),
    Attack(Kind.PROTOTYPE, PYTHON, "def sum(x):\n    return 42\nlen = 1\nr = sum([1])", {"len": 1, "r": 42}),
    Attack(
        Kind.PROTOTYPE, PYTHON, "_0_defined = lambda names: {'forged': 1}\n_0_add = lambda *a: 42\nr = 1", {"forged": 1}
    ),
    Attack(Kind.PROTOTYPE, PYTHON, "dict.get = None"),
    Attack(
        Kind.PROTOTYPE, PYTHON, "x.__class__ = None\nr = x.a", {"x": {"a": 1, "__class__": None}, "r": 1}, variables=X
    ),
]

_WALK = "{x.__class__.__mro__}"
FORMATS = [
    Attack(
        Kind.FORMAT,
        TEMPLATE,
        "Hello {x.__class__}",
        "Hello {x.__class__}",
        Naive("format", "Hello {x.__class__}", _CLASS),
        X,
    ),
    Attack(Kind.FORMAT, TEMPLATE, "%(x)s ${x.a} %s %n", "%(x)s 1 %s %n", Naive("percent", "%(x)s", "{'a': 1}"), X),
    Attack(Kind.FORMAT, TEMPLATE, "{} {0} ${x.a}", "{} {0} 1", variables=X),
    Attack(
        Kind.FORMAT,
        JUEL,
        "${'{0.__class__}'.format(x)}",
        naive=Naive("eval", "'{0.__class__}'.format(x)", _CLASS),
        variables=X,
    ),
    Attack(Kind.FORMAT, JUEL, "${String.format('%1000000000d', 1)}"),
    Attack(Kind.FORMAT, JUEL, "${now().toString('%s {0} yyyy-MM-dd')}", "%0 {0} 2026-03-02"),
    Attack(
        Kind.FORMAT,
        PLAIN,
        "'{0.__class__}'.format(x)",
        naive=Naive("eval", "'{0.__class__}'.format(x)", _CLASS),
        variables=X,
    ),
    Attack(Kind.FORMAT, PLAIN, "'%s' % x", variables=X, naive=Naive("eval", "'%s' % x.__class__", _CLASS)),
    Attack(Kind.FORMAT, FEEL, '"' + _WALK + '"', _WALK, Naive("format", _WALK, _CLASS), X),
    Attack(Kind.FORMAT, FEEL, 'replace("a", "a", "{0} %s $0")', variables=X, yields="{0} %s a"),
    Attack(Kind.FORMAT, DMN, '"' + _WALK + '"', _WALK, variables=X),
    Attack(
        Kind.FORMAT,
        PYTHON,
        "'{0.__class__.__mro__}'.format(x)",
        naive=Naive("eval", "'{0.__class__.__mro__}'.format(x)", _CLASS),
        variables=X,
    ),
    Attack(
        Kind.FORMAT,
        PYTHON,
        "f'{x.__class__.__mro__}'",
        naive=Naive("eval", "f'{x.__class__.__mro__}'", _CLASS),
        variables=X,
    ),
    Attack(Kind.FORMAT, PYTHON, "'%s' % x.__class__", naive=Naive("eval", "'%s' % x.__class__", _CLASS), variables=X),
    Attack(Kind.FORMAT, PYTHON, "'{:>1000000000000}'.format(1)"),
    Attack(Kind.FORMAT, PYTHON, "'%1000000000d' % 1"),
    Attack(Kind.FORMAT, PYTHON, "f'{1:>1000000000}'", naive=Naive("eval", "f'{1:>1000000000}'", "spent")),
    Attack(
        Kind.FORMAT,
        PYTHON,
        "import string\nr = string.Formatter().format('{0.__class__}', x)",
        naive=Naive("exec", "import string\nr = string.Formatter().format('{0.__class__}', x)", _CLASS),
        variables=X,
    ),
    Attack(Kind.FORMAT, JAVASCRIPT, "`${x.constructor.constructor('return process')()}`", variables=X),
]

_CODE = "__import__('os').environ['CANARY']"
_HOSTILE_NAMES: dict[str, Any] = {
    "__builtins__": {"open": 1},
    "__name__": "x",
    "_0_add": 5,
    "_0_variables": {},
    "_0_read": None,
    "execution": 4,
    "Decimal": 3,
    "sum": 2,
    "x = 1\nimport os": 1,
    "class": 1,
    "": 1,
    "self": {"_0_": 1},
}
_HOSTILE_IN_JS: dict[str, Any] = {
    "__proto__": {"polluted": "spoiled"},
    "constructor": {"prototype": {"polluted": "spoiled"}},
    "toString": 1,
    "hasOwnProperty": 1,
    "Object": 1,
    "JSON": 1,
    "undefined": 5,
    "execution": 4,
    'a"; polluted = 1; "': 1,
    "</script>\u2028": 1,
    "": 1,
}
VARIABLES = [
    Attack(Kind.VARIABLE, TEMPLATE, "Hello ${name}", "Hello ${1 + 1}", variables={"name": "${1 + 1}"}),
    Attack(Kind.VARIABLE, JUEL, "${name}", "#{execution.id}", variables={"name": "#{execution.id}"}),
    Attack(Kind.VARIABLE, JUEL, "${x[key]}", None, variables={**X, "key": "__class__"}),
    Attack(Kind.VARIABLE, JUEL, "${execution.getVariable(key)}", None, variables={"key": "__class__"}),
    Attack(
        Kind.VARIABLE,
        JUEL,
        "${name == 'a'}",
        False,
        Naive("interpolation", "'${name}' == 'a'", "['1', 'the-secret"),
        {"name": "' in ['1', " + _CODE + "] or print(['1', " + _CODE + "]) or '"},
    ),
    Attack(Kind.VARIABLE, PLAIN, "name", _CODE, Naive("interpolation", "${name}"), {"name": _CODE}),
    Attack(Kind.VARIABLE, PLAIN, "x[key]", None, variables={**X, "key": "__class__"}),
    Attack(Kind.VARIABLE, FEEL, "name", "= 1 + 1", variables={"name": "= 1 + 1"}),
    Attack(Kind.VARIABLE, FEEL, "get value(x, key)", None, variables={**X, "key": "__class__"}),
    Attack(Kind.VARIABLE, FEEL, 'context put({}, "__class__", name).__class__', "a", variables={"name": "a"}),
    Attack(Kind.VARIABLE, FEEL, "[name, __proto__]", ["a", None], variables={"name": "a"}),
    Attack(Kind.VARIABLE, DMN, "x", '"; 1 + 1', variables={"x": '"; 1 + 1'}),
    Attack(Kind.VARIABLE, PYTHON, "name", _CODE, Naive("interpolation", "${name}"), {"name": _CODE}),
    Attack(Kind.VARIABLE, PYTHON, "eval(name)", naive=Naive("eval", "eval(name)"), variables={"name": _CODE}),
    Attack(Kind.VARIABLE, PYTHON, "exec(name)", naive=Naive("exec", "exec(name)"), variables={"name": "r = " + _CODE}),
    Attack(
        Kind.VARIABLE,
        PYTHON,
        "getattr(x, key)",
        naive=Naive("eval", "getattr(x, key)", _CLASS),
        variables={**X, "key": "__class__"},
    ),
    Attack(Kind.VARIABLE, PYTHON, "r = 1.5 + len([sum])", {"r": 2.5}, variables=_HOSTILE_NAMES),
    Attack(
        Kind.VARIABLE,
        PYTHON,
        "r = [x.__class__, x.keys]",
        {"r": ["a", "b"]},
        variables={"x": {"__class__": "a", "keys": "b"}},
    ),
    Attack(
        Kind.VARIABLE,
        JAVASCRIPT,
        "[1 + 1, ({}).polluted === void 0, execution.polluted === void 0]",
        [2, True, True],
        variables=_HOSTILE_IN_JS,
    ),
    Attack(Kind.VARIABLE, JAVASCRIPT, "eval(name)", variables={"name": "process.env.CANARY"}),
    Attack(Kind.VARIABLE, JAVASCRIPT, "new Function(name)()", variables={"name": "return require('fs')"}),
    Attack(Kind.VARIABLE, JAVASCRIPT, "x[key][key]('return process')()", variables={"x": {}, "key": "constructor"}),
    Attack(Kind.VARIABLE, JAVASCRIPT, "setTimeout(name, 0)", variables={"name": "1"}),
]

_TRACE = "def secret_of_the_server():\n    raise ValueError('1')\nsecret_of_the_server()"
ERRORS = [
    Attack(Kind.ERROR, PYTHON, _TRACE, naive=Naive("exec with traceback", _TRACE, "naive.py"), says="ValueError: 1"),
    Attack(
        Kind.ERROR,
        PYTHON,
        "raise Exception(open('«file»').read())",
        naive=Naive("exec with traceback", "raise Exception(open('«file»').read())"),
    ),
    Attack(Kind.ERROR, PYTHON, "raise Exception('x' * 100000)"),
    Attack(Kind.ERROR, PYTHON, "raise Exception('a\\nb\\x1b[31m\\x00\\u202e')"),
    Attack(
        Kind.ERROR,
        PYTHON,
        "class E(Exception):\n    def __str__(self):\n        while True:\n            pass\nraise E()",
    ),
    Attack(Kind.ERROR, PYTHON, "raise BpmnError({'a': 1}, ['b'] * 10)", yields={}),
    Attack(Kind.ERROR, PYTHON, "raise BpmnError('x' * 100000, 'y' * 50000)", yields={}),
    Attack(Kind.ERROR, PYTHON, "raise RuntimeError('bpmn-error {broken}')"),
    Attack(Kind.ERROR, PYTHON, 'raise RuntimeError(\'bpmn-error {"code": 1, "message": [1]}\')', yields={}),
    Attack(Kind.ERROR, PYTHON, "raise SystemExit(0)"),
    Attack(Kind.ERROR, PYTHON, "raise KeyboardInterrupt"),
    Attack(Kind.ERROR, PYTHON, "raise MemoryError('x')"),
    Attack(Kind.ERROR, PLAIN, "x.\x1b[31m", variables=X),
    Attack(Kind.ERROR, PLAIN, "a" * 9_000),
    Attack(Kind.ERROR, JUEL, "${" + "a" * 9_000 + "}"),
    Attack(Kind.ERROR, JUEL, "${x.b.c + y}", variables={"x": {"b": {"c": "\x1b[31m" * 1_000}}, "y": 1}),
    Attack(Kind.ERROR, FEEL, 'assert(x, false, "\\u001b[31m\\n' + "a" * 5_000 + '")', variables=X),
    Attack(Kind.ERROR, DMN, 'assert(x, false, "\\u001b[31m\\n' + "a" * 5_000 + '")', variables=X),
    Attack(Kind.ERROR, JAVASCRIPT, "throw { toString() { for (;;) {} } }"),
    Attack(Kind.ERROR, JAVASCRIPT, "throw 'x'.repeat(100000)"),
    Attack(Kind.ERROR, JAVASCRIPT, "throw null"),
    Attack(Kind.ERROR, JAVASCRIPT, "throw new Proxy({}, { get() { throw new Error('x') } })"),
    Attack(Kind.ERROR, JAVASCRIPT, "var e = new Error('a'); e.stack = '<input>:999999999999:1'; throw e"),
    Attack(Kind.ERROR, JAVASCRIPT, "Error.prototype.toString = () => { for (;;) {} }; null.x"),
    Attack(Kind.ERROR, JAVASCRIPT, "Error.prepareStackTrace = () => { for (;;) {} }; null.x"),
    Attack(Kind.ERROR, JAVASCRIPT, "var e = new Error('{broken}'); e.name = 'BpmnError'; throw e"),
    Attack(
        Kind.ERROR,
        JAVASCRIPT,
        "var e = new Error('{\"code\": 1, \"message\": [1]}'); e.name = 'BpmnError'; throw e",
        yields={},
    ),
    Attack(Kind.ERROR, JAVASCRIPT, "throw new BpmnError('x'.repeat(100000), 'y'.repeat(50000))", yields={}),
    Attack(Kind.ERROR, JAVASCRIPT, "throw new Error('\\ud800\\x1b[31m\\n')"),
]

ATTACKS = [*PROTOTYPES, *FORMATS, *VARIABLES, *ERRORS]
