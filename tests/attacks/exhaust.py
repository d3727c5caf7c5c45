"""Attacks that use up what there is: memory, time, the stack; patterns, texts and numbers that explode."""

from __future__ import annotations

from tests.attacks.attack import DMN, FEEL, JAVASCRIPT, JUEL, PLAIN, PYTHON, SPENT, TEMPLATE, Attack, Kind, Naive


def spent(way: str, text: str) -> Naive:
    """A careless evaluator takes all that it is given."""
    return Naive(way, text, SPENT)


def same(kind: Kind, language: str, text: str, way: str, says: str = "") -> Attack:
    """An attack that a careless evaluator understands as it is."""
    return Attack(kind, language, text, naive=spent(way, text), says=says)


MEMORY = [
    same(Kind.MEMORY, PYTHON, "[0] * 1000000000", "eval", "1,000,000 characters or items"),
    same(Kind.MEMORY, PYTHON, "list(range(10 ** 9))", "eval", "megabytes"),
    same(Kind.MEMORY, PYTHON, "bytearray(10 ** 10)", "eval"),
    same(Kind.MEMORY, PYTHON, "{i: 'x' * 1000 for i in range(10 ** 9)}", "eval"),
    same(Kind.MEMORY, PYTHON, "x = [1]\nwhile True:\n    x += x", "exec", "megabytes"),
    same(Kind.MEMORY, PYTHON, "x = {}\nwhile True:\n    x = {'a': x, 'b': [x] * 1000}", "exec"),
    same(Kind.MEMORY, PYTHON, "x = set()\nfor i in range(10 ** 9):\n    x.add((i, i))", "exec"),
    Attack(Kind.MEMORY, PYTHON, "x = []\nx.append(x)\nr = x", yields={"x": ["[...]"], "r": ["[...]"]}),
    Attack(
        Kind.MEMORY,
        PYTHON,
        "a = ['x' * 1000] * 1000\nr = [a] * 1000",
        naive=spent("exec", "import json\na = ['x' * 1000] * 1000\nr = json.dumps([a] * 1000)"),
    ),
    Attack(Kind.MEMORY, PLAIN, "a + a", variables={"a": [0] * 600_000}, says="holds too much"),
    Attack(Kind.MEMORY, JUEL, "${'aaaaaaaaaa'.repeat(100000000)}", naive=spent("eval", "'aaaaaaaaaa' * 100000000")),
    Attack(Kind.MEMORY, TEMPLATE, "${a}" * 2_000, variables={"a": "x" * 1_000}, says="1,000,000 characters"),
    Attack(
        Kind.MEMORY,
        FEEL,
        "for i in 1..100000000 return i",
        naive=spent("eval", "[i for i in range(1, 100000000)]"),
        says="the expression takes",
    ),
    Attack(
        Kind.MEMORY,
        FEEL,
        "for a in 1..100000, b in 1..100000 return [a, b]",
        naive=spent("eval", "[[a, b] for a in range(100000) for b in range(100000)]"),
    ),
    Attack(Kind.MEMORY, FEEL, "for i in 1..100000 return partial", says="the expression takes"),
    Attack(Kind.MEMORY, FEEL, "for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])"),
    Attack(Kind.MEMORY, DMN, "for a in 1..100000, b in 1..100000 return [a, b]"),
    same(Kind.MEMORY, JAVASCRIPT, "new Array(1e9).fill(0)", "quickjs"),
    same(Kind.MEMORY, JAVASCRIPT, "new Uint8Array(1e9)", "quickjs"),
    same(Kind.MEMORY, JAVASCRIPT, "var a = []; for (;;) a.push('x'.repeat(1e5) + a.length)", "quickjs", "megabytes"),
    same(Kind.MEMORY, JAVASCRIPT, "var m = new Map(); for (;;) m.set({}, [1])", "quickjs", "megabytes"),
    same(Kind.MEMORY, JAVASCRIPT, "[...(function* () { for (;;) yield 'x' })()]", "quickjs"),
    Attack(Kind.MEMORY, JAVASCRIPT, "var a = ['x'.repeat(1e4)]; for (var i = 0; i < 40; i++) a = [a, a]; a"),
]

_THREE = "some a in 1..1000, b in 1..1000, c in 1..1000 satisfies a + b + c = 0"
_TWICE = "{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(50)}.r"
_CATCHING = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
_FINALLY = "while True:\n    try:\n        while True:\n            pass\n    finally:\n        continue"
_EQUAL = "class A:\n    def __eq__(self, other):\n        while True:\n            pass\nr = A() == A()"
TIME = [
    same(Kind.TIME, PYTHON, "while True:\n    pass", "exec", "seconds"),
    same(Kind.TIME, PYTHON, _CATCHING, "exec"),
    same(Kind.TIME, PYTHON, _FINALLY, "exec"),
    same(Kind.TIME, PYTHON, _EQUAL, "exec"),
    same(Kind.TIME, PYTHON, "sum(range(10 ** 12))", "eval"),
    same(Kind.TIME, PYTHON, "all(True for _ in range(10 ** 12))", "eval"),
    same(Kind.TIME, PYTHON, "10 ** 12 in (x for x in range(10 ** 12))", "eval"),
    same(Kind.TIME, PYTHON, "sorted(range(2000), key=lambda x: [y for y in range(100000)])", "eval"),
    Attack(Kind.TIME, PYTHON, "import time\nr = time.sleep(3600)", yields={"r": None}),
    Attack(
        Kind.TIME, PYTHON, "import asyncio\nasync def f():\n    await asyncio.sleep(3600)\nasyncio.run(f())", yields={}
    ),
    Attack(
        Kind.TIME,
        PYTHON,
        " and ".join(["a == b"] * 900),
        variables={"a": [0] * 2_000, "b": [0] * 2_000},
        says="the expression takes",
    ),
    Attack(
        Kind.TIME,
        PLAIN,
        " and ".join(["a == b"] * 900),
        variables={"a": [0] * 2_000, "b": [0] * 2_000},
        says="the expression takes",
    ),
    Attack(
        Kind.TIME,
        JUEL,
        "${" + " or ".join(["a.contains(1)"] * 500) + "}",
        variables={"a": [0] * 5_000},
        says="the expression takes",
    ),
    Attack(
        Kind.TIME,
        JUEL,
        "${" + " or ".join(["a.indexOf(b) > 0"] * 500) + "}",
        variables={"a": "a" * 900_000, "b": "a" * 400_000 + "b"},
    ),
    Attack(
        Kind.TIME,
        FEEL,
        _THREE,
        naive=spent("eval", "any(a + b + c == 0 for a in range(1, 999) for b in range(999) for c in range(999))"),
        says="the expression takes",
    ),
    Attack(
        Kind.TIME,
        FEEL,
        _TWICE,
        naive=spent("eval", "(f := lambda n: 0 if n == 0 else f(n - 1) + f(n - 1))(50)"),
        says="the expression takes",
    ),
    Attack(Kind.TIME, FEEL, "count(for i in 1..1000000 return i)", says="the expression takes"),
    Attack(Kind.TIME, FEEL, "sort(for i in 1..400000 return 0 - i, function(a, b) a < b)", says="the expression takes"),
    Attack(Kind.TIME, FEEL, 'for d in @"0001-01-01"..@"9999-12-31" return d', says="the expression takes"),
    Attack(Kind.TIME, FEEL, "distinct values(for i in 1..5000 return i)", says="the expression takes"),
    Attack(Kind.TIME, DMN, _THREE, says="the expression takes"),
    Attack(Kind.TIME, DMN, _TWICE, says="the expression takes"),
    same(Kind.TIME, JAVASCRIPT, "for (;;) {}", "quickjs", "seconds"),
    same(Kind.TIME, JAVASCRIPT, "for (;;) { try { for (;;) {} } catch (e) {} }", "quickjs"),
    same(Kind.TIME, JAVASCRIPT, "(function f() { try { for (;;) {} } finally { f() } })()", "quickjs"),
    same(Kind.TIME, JAVASCRIPT, "Array(2 ** 31).indexOf(1)", "quickjs"),
    same(Kind.TIME, JAVASCRIPT, "[1, 2].sort(() => { for (;;) {} })", "quickjs"),
    Attack(Kind.TIME, JAVASCRIPT, "({ get a() { for (;;) {} } })"),
    Attack(Kind.TIME, JAVASCRIPT, "({ toJSON() { for (;;) {} } })", yields={}),
    Attack(Kind.TIME, JAVASCRIPT, "new Proxy({}, { ownKeys() { for (;;) {} } })"),
    Attack(Kind.TIME, JAVASCRIPT, "(async function () { for (;;) await 0 })()"),
    Attack(Kind.TIME, JAVASCRIPT, "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"),
]

_DEEPER = "import sys\nsys.setrecursionlimit(10 ** 9)\nf = lambda n: f(n + 1)\nf(0)"
RECURSION = [
    same(Kind.RECURSION, PYTHON, _DEEPER, "exec"),
    Attack(Kind.RECURSION, PYTHON, "def f(n):\n    return f(n + 1)\nf(0)", says="too deeply"),
    Attack(Kind.RECURSION, PYTHON, "class A:\n    def __repr__(self):\n        return repr(self)\nstr(A())"),
    Attack(Kind.RECURSION, PYTHON, "class A:\n    def __eq__(self, o):\n        return self == o\nr = A() == A()"),
    Attack(Kind.RECURSION, PYTHON, "x = []\nfor i in range(100000):\n    x = [x]", says="nested"),
    Attack(Kind.RECURSION, PYTHON, "x = 1\nfor i in range(100000):\n    x = (x,)\ny = hash(x)"),
    Attack(Kind.RECURSION, PYTHON, "-" * 50_000 + "1", says="nested too deeply"),
    Attack(Kind.RECURSION, PYTHON, "(" * 5_000 + "1" + ")" * 5_000),
    Attack(
        Kind.RECURSION,
        PYTHON,
        "x = 1\n" + "".join(" " * level + "if x:\n" for level in range(200)) + " " * 200 + "y = 1",
    ),
    Attack(Kind.RECURSION, PLAIN, "not " * 2_400 + "true", says="100 levels"),
    Attack(Kind.RECURSION, PLAIN, "[" * 4_900 + "]" * 4_900, says="100 levels"),
    Attack(Kind.RECURSION, JUEL, "${" + "(" * 4_900 + "1" + ")" * 4_900 + "}", says="100 levels"),
    Attack(Kind.RECURSION, JUEL, "${" + "!" * 9_000 + "true}", says="100 levels"),
    Attack(Kind.RECURSION, JUEL, "${" + "a.get(" * 1_000 + "0" + ")" * 1_000 + "}", says="100 levels"),
    Attack(Kind.RECURSION, JUEL, "${S(a).prop('a')}", variables={"a": '{"a":' * 5_000 + "1" + "}" * 5_000}),
    Attack(Kind.RECURSION, FEEL, "{f: function(n) f(n), r: f(1)}.r", naive=spent("exec", _DEEPER), says="60 levels"),
    Attack(Kind.RECURSION, FEEL, "{a: function(n) b(n), b: function(n) a(n), r: a(1)}.r"),
    Attack(Kind.RECURSION, FEEL, "(function(f) f(f))(function(f) f(f))", says="60 levels"),
    Attack(Kind.RECURSION, FEEL, "{a: " * 1_900 + "1" + "}" * 1_900, says="100 levels"),
    Attack(Kind.RECURSION, FEEL, "for i in 1..300 return if i = 1 then [1] else [partial[-1]]"),
    Attack(Kind.RECURSION, DMN, "{f: function(n) f(n), r: f(1)}.r", says="60 levels"),
    Attack(Kind.RECURSION, DMN, "(" * 4_900 + "1" + ")" * 4_900, says="100 levels"),
    same(Kind.RECURSION, JAVASCRIPT, "function f(n) { try { return f(n + 1) } finally { f(n + 1) } } f(0)", "quickjs"),
    Attack(Kind.RECURSION, JAVASCRIPT, "function f() { return f() + 1 } f()", says="too deeply"),
    Attack(Kind.RECURSION, JAVASCRIPT, "var a = []; for (var i = 0; i < 100000; i++) a = [a]; a", says="200 levels"),
    Attack(Kind.RECURSION, JAVASCRIPT, "JSON.parse('['.repeat(100000) + ']'.repeat(100000))"),
    Attack(Kind.RECURSION, JAVASCRIPT, "(" * 40_000 + "1" + ")" * 40_000),
    Attack(Kind.RECURSION, JAVASCRIPT, "new RegExp('('.repeat(100000) + ')'.repeat(100000)).test('a')"),
    Attack(
        Kind.RECURSION,
        JAVASCRIPT,
        "var p = {}; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.a",
        says="too deeply",
    ),
]

_LONG = {"x": "a" * 60 + "!"}
_SEARCH = "__import__('re').search({!r}, {!r})"


def pattern(language: str, text: str, found: str, subject: str = _LONG["x"], **more: object) -> Attack:
    """A pattern that a careless matcher tries in more ways than it has time for; ours tries nothing twice."""
    return Attack(
        Kind.PATTERN,
        language,
        text,
        naive=spent("eval", _SEARCH.format(found, subject)),
        variables={"x": subject},
        **more,  # type: ignore[arg-type]
    )


PATTERNS = [
    pattern(FEEL, 'matches(x, "^(a+)+$")', "^(a+)+$", yields=False),
    pattern(FEEL, 'matches(x, "^(a|aa)+$")', "^(a|aa)+$", yields=False),
    pattern(FEEL, 'matches(x, "^(a*)*b$")', "^(a*)*b$", yields=False),
    pattern(FEEL, 'matches(x, "^(.*,){20}b$")', "^(.*,){20}b$", ",a" * 60, yields=False),
    pattern(FEEL, 'replace(x, "(a|a)+$", "b")', "(a|a)+$", yields=_LONG["x"]),
    pattern(FEEL, 'split(x, "(a+)+b")', "(a+)+b", yields=[_LONG["x"]]),
    pattern(FEEL, 'extract(x, "(x+x+)+y")', "(x+x+)+y", "x" * 60, yields=[]),
    Attack(Kind.PATTERN, FEEL, 'matches(x, "(a{1000}){1000}")', yields=None, variables=_LONG),
    Attack(Kind.PATTERN, FEEL, 'matches(x, "^(a?){1000}a{1000}$")', yields=None, variables=_LONG),
    Attack(Kind.PATTERN, FEEL, r'matches(x, "^(a+)+\1*b$")', says="the expression takes", variables=_LONG),
    Attack(Kind.PATTERN, FEEL, 'matches(x, "(?:(?:(?:){9999}){9999}){9999}")', yields=None, variables=_LONG),
    Attack(Kind.PATTERN, JUEL, r"${x.matches('(a+)+\\1*b')}", says="the expression takes", variables=_LONG),
    Attack(Kind.PATTERN, FEEL, 'matches(x, "(" * 10)', yields=None, variables=_LONG),
    pattern(DMN, 'matches(x, "^(a+)+$")', "^(a+)+$", yields=False),
    pattern(DMN, 'replace(x, "(a|a)+$", "b")', "(a|a)+$", yields=_LONG["x"]),
    pattern(JUEL, "${x.matches('(a+)+')}", "^(a+)+$", yields=False),
    pattern(JUEL, "${x.replaceAll('(a|aa)+b', 'c')}", "(a|aa)+b", yields=_LONG["x"]),
    pattern(JUEL, "${x.split('(a*)*c').size()}", "(a*)*c", yields=1),
    pattern(PYTHON, "import re\nr = re.match('^(a+)+$', x) is None", "^(a+)+$", yields={"r": True}),
    pattern(PYTHON, "import re\nr = re.sub('(a|aa)+b', 'c', x)", "(a|aa)+b", yields={"r": _LONG["x"]}),
    pattern(PYTHON, r"import re\nr = re.search('(a*)*(?!b)c\\1', x) is None".replace(r"\n", "\n"), "(a*)*c"),
    Attack(Kind.PATTERN, PYTHON, "import re\nre.compile('(?:(?:a{1000}){1000}){1000}')"),
    pattern(JAVASCRIPT, "/^(a+)+$/.test(x)", "^(a+)+$"),
    pattern(JAVASCRIPT, "x.replace(/(a|aa)+b/, 'c')", "(a|aa)+b"),
    pattern(JAVASCRIPT, "x.split(/(a*)*c/).length", "(a*)*c"),
    pattern(JAVASCRIPT, "x.match(/^(a+)+\\1$/)", r"^(a+)+\1$"),
    Attack(Kind.PATTERN, JAVASCRIPT, "new RegExp('(a{1000}){1000}'.repeat(5000)).test(x)", variables=_LONG),
]

BOMBS = [
    same(Kind.BOMB, PYTHON, "9 ** 9 ** 9 ** 9", "eval"),
    same(Kind.BOMB, PYTHON, "1 << 10 ** 10", "eval"),
    same(Kind.BOMB, PYTHON, "(2 ** 30000000) ** 3 % 7 + 3 ** 40000000 % 11", "eval"),
    same(Kind.BOMB, PYTHON, "'x' * 10 ** 12", "eval"),
    same(Kind.BOMB, PYTHON, "'ab'.join(['c' * 1000000] * 1000000)", "eval"),
    same(Kind.BOMB, PYTHON, "('a' * 100000).replace('', 'x' * 1000000)", "eval"),
    same(Kind.BOMB, PYTHON, "'x'.ljust(10 ** 12)", "eval"),
    Attack(Kind.BOMB, PYTHON, "int('9' * 10 ** 6)"),
    Attack(Kind.BOMB, PYTHON, "str(10 ** 10 ** 6)"),
    Attack(
        Kind.BOMB,
        PYTHON,
        "import math\nr = math.factorial(10 ** 7)",
        naive=spent("exec", "import math\nr = math.factorial(10 ** 7)"),
    ),
    Attack(
        Kind.BOMB, PYTHON, "from decimal import Decimal, getcontext\ngetcontext().prec = 10 ** 9\nr = Decimal(1) / 3"
    ),
    Attack(Kind.BOMB, PYTHON, "a * a", variables={"a": 10**100_000}, says="4,000 digits"),
    Attack(Kind.BOMB, PLAIN, "a * a * a", variables={"a": 10**100_000}, says="4,000 digits"),
    Attack(Kind.BOMB, PLAIN, "*".join(["9" * 900] * 9), says="4,000 digits"),
    Attack(Kind.BOMB, JUEL, "${n.setScale(1000000000)}", variables={"n": 1}),
    Attack(Kind.BOMB, JUEL, "${n.multiply(n).multiply(n)}", variables={"n": 10**3_000}, says="4,000 digits"),
    Attack(Kind.BOMB, JUEL, "${now().plusYears(999999999999)}"),
    Attack(Kind.BOMB, JUEL, "${'a'.repeat(999999).concat('a'.repeat(999999))}", says="1,000,000 characters"),
    Attack(Kind.BOMB, JUEL, "${x.replaceAll('a', x).replaceAll('a', x)}", variables={"x": "a" * 1_000}),
    Attack(Kind.BOMB, FEEL, "10 ** (10 ** 10)", yields=None, naive=spent("eval", "10 ** (10 ** 10)")),
    Attack(Kind.BOMB, FEEL, 'string join(for i in 1..100000 return "xxxxxxxxxxxxxxxxxxxx")'),
    Attack(Kind.BOMB, FEEL, "replace(replace(replace(x, x, x), x, x + x), 'a', x)", variables={"x": "a" * 2_000}),
    Attack(Kind.BOMB, FEEL, 'number("1e999999999")', yields=None),
    Attack(Kind.BOMB, FEEL, '@"2024-01-01" + duration("P999999999999Y")', yields=None),
    Attack(Kind.BOMB, FEEL, "decimal(1, 999999999)", yields=None),
    Attack(Kind.BOMB, DMN, "10 ** (10 ** 10)", yields=None),
    Attack(Kind.BOMB, DMN, 'string join(for i in 1..100000 return "xxxxxxxxxxxxxxxxxxxx")'),
    Attack(Kind.BOMB, JAVASCRIPT, "2n ** (2n ** 29n)"),
    same(Kind.BOMB, JAVASCRIPT, "var s = []; for (;;) s.push('a'.padStart(1e8))", "quickjs"),
    Attack(Kind.BOMB, JAVASCRIPT, "var b = 3n; for (;;) b = b * b"),
    Attack(Kind.BOMB, JAVASCRIPT, "'a'.repeat(2 ** 30)"),
    Attack(Kind.BOMB, JAVASCRIPT, "BigInt('9'.repeat(1e7)) ** 10n"),
    Attack(Kind.BOMB, JAVASCRIPT, "(1e300 * 1e300)", says="no number"),
]

ATTACKS = [*MEMORY, *TIME, *RECURSION, *PATTERNS, *BOMBS]
