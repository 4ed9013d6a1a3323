"""The policy refuses every known way out, and lets honest numeric code pass."""

import pytest
from honest_modules import HONEST, IMPORTS

from fxgbuild.validate.policy import check, configuration
from fxgbuild.validate.subject import Origin, Subject

ALLOWED = (
    *("json", "typing", "string", "functools", "re", "io", "enum", "random", "dataclasses"),
    *("operator", "pandas", "copy", "datetime", "collections", *IMPORTS),
)


def subject(code: str, *, origin: Origin = "generated", effects: tuple[str, ...] = ()) -> Subject:
    return Subject("//p:n", "p", "n", code, ALLOWED, effects, origin)


def body(*lines: str, head: str = "import json\nimport numpy as np\n") -> str:
    inner = "\n".join(f"    {line}" for line in lines)
    return f"{head}\n\ndef f(x):\n{inner}\n    return x\n"


EVASIONS = {
    "a module through a module": body("json.codecs.builtins.exec('1')"),
    "sys through typing": body("typing.sys.modules", head="import typing\n"),
    "from-import of a module": "from json import codecs\n",
    "from-import of a private": "from json import _default_decoder\n",
    "an alias of a module": body("k = json", "k.codecs.open('x')"),
    "an alias at module level": "import json\n\nk = json\n",
    "an alias by default argument": "import json\n\n\ndef f(k=json):\n    return k\n",
    "an alias in a tuple": body("a, b = json, 1"),
    "an alias of a submodule": body("d = np.linalg"),
    "a walrus alias": body("(k := json)"),
    "a lower-case inner module": body("json.decoder.scanner"),
    "numpy's own modules": body("np.os.system('x')"),
    "an inner module of numpy": body("np.lib.npyio.load('x')"),
    "class pattern": body("match x:", "    case int(__class__=c):", "        return c"),
    "class pattern to a module": body("match x:", "    case object(os=o):", "        return o"),
    "getattr in pieces": "import builtins\ngetattr(builtins, 'ev' + 'al')('1')\n",
    "getattr of a computed name": body("getattr(x, 'a' + 'b')"),
    "getattr of a dunder": body("getattr(x, '__class__')"),
    "getattr handed on": body("list(map(getattr, [x], ['a']))"),
    "getattr with a star": body("getattr(*x)"),
    "vars": body("vars()['exec']"),
    "subclasses": body("().__class__.__bases__[0].__subclasses__()"),
    "globals of a function": body("f.__globals__"),
    "builtins": body("__builtins__['exec']"),
    "import by name": body("__import__('os')"),
    "importlib": "import importlib\n",
    "os": "import os\n",
    "socket": "from socket import create_connection\n",
    "ctypes": "import ctypes\n",
    "a submodule that is not allowed": "import scipy\n",
    "a sibling submodule": "import sklearn.datasets\n",
    "an unimported sibling": body("sklearn.datasets.load_iris()", head="import sklearn.svm\n"),
    "open": body("open('/etc/passwd')"),
    "open handed on": body("list(map(open, x))"),
    "io.open": body("io.open('x')", head="import io\n"),
    "from io import open": "from io import open\n",
    "eval": body("eval('1')"),
    "eval by another name": body("run = eval"),
    "compile": body("compile('1', '', 'eval')"),
    "input": body("input()"),
    "breakpoint": body("breakpoint()"),
    "three-argument type": body("type('A', (), {})"),
    "setattr": body("setattr(x, 'a', 1)"),
    "delattr": body("delattr(x, 'a')"),
    "format that reads": body("'{0.__class__}'.format(x)"),
    "format of a value": body("x.format(x)"),
    "format_map": body("'{a}'.format_map(x)"),
    "Formatter": body("string.Formatter().get_field('a.b', x, x)", head="import string\n"),
    "attrgetter": body("operator.attrgetter('a')(x)", head="import operator\n"),
    "annotations that run": body("typing.get_type_hints(x)", head="import typing\n"),
    "make_dataclass": body("dataclasses.make_dataclass('A', x)", head="import dataclasses\n"),
    "reduce gadget": "class A:\n    def __reduce__(self):\n        return (print, ())\n",
    "metaclass": "class A(metaclass=type):\n    pass\n",
    "init_subclass": "class A:\n    def __init_subclass__(cls):\n        return None\n",
    "getattribute": "class A:\n    def __getattr__(self, name):\n        return name\n",
    "a traceback's frame": body("x.__traceback__.tb_frame.f_globals"),
    "a generator's frame": body("(i for i in x).gi_frame"),
    "mro": body("int.mro()"),
    "np.load": body("np.load('x')"),
    "np.fromfile": body("np.fromfile('x')"),
    "np.memmap": body("np.memmap('x')"),
    "np.save": body("np.save('x', x)"),
    "np.genfromtxt": body("np.genfromtxt('x')"),
    "np.loadtxt": body("np.loadtxt('x')"),
    "np.DataSource": body("np.DataSource()"),
    "np.ctypeslib": body("np.ctypeslib.load_library('x', 'y')"),
    "np.f2py": body("np.f2py.compile('x')"),
    "np.testing": body("np.testing.assert_equal(1, 1)"),
    "from numpy import load": "from numpy import load\n",
    "tofile": body("x.tofile('y')"),
    "dump": body("x.dump('y')"),
    "as_strided": body("np.lib.stride_tricks.as_strided(x, (9,))"),
    "setflags": body("x.setflags(write=True)"),
    "x.ctypes": body("x.ctypes.data"),
    "a patched numpy": body("np.mean = x"),
    "a patched class": body("np.random.Generator.normal = x"),
    "a patched table": body("np.__dict__['mean'] = x"),
    "a patched from-import": "from json import JSONDecoder\n\nJSONDecoder.decode = None\n",
    "a hidden module": body("np = x"),
    "a parameter that hides one": "import json\n\n\ndef f(json):\n    return json\n",
    "global state by global": "N = 0\n\n\ndef f():\n    global N\n    N = 1\n",
    "global state by item": "C = {}\n\n\ndef f(x):\n    C[x] = 1\n",
    "global state by method": "C = []\n\n\ndef f(x):\n    C.append(x)\n",
    "a call at import": "import numpy as np\n\nX = np.random.default_rng(0)\n",
    "a statement at import": "for i in range(3):\n    X = i\n",
    "a call at import by decorator": "@print\ndef f():\n    return 1\n",
    "a call at import by default": "def f(x=list(map(print, [1]))):\n    return x\n",
    "a call at import in a class": "class A:\n    x = print(1)\n",
    "a call at import by annotation": "def f(x: print(1)):\n    return x\n",
    "a call at import by base": "class A(print(1)):\n    pass\n",
    "random without a seed": body("np.random.default_rng()"),
    "random with seed None": body("np.random.default_rng(seed=None)"),
    "the shared generator": body("np.random.rand(3)"),
    "stdlib's shared generator": body("random.random()", head="import random\n"),
    "the clock": body("datetime.datetime.now()", head="import datetime\n"),
    "pandas eval": body("x.query('@pd.io')", head="import pandas as pd\n"),
    "pandas pickle": body("pd.read_pickle('x')", head="import pandas as pd\n"),
    "pandas file": body("pd.read_csv('/etc/passwd')", head="import pandas as pd\n"),
    "pandas modules": body("pd.io.common.os", head="import pandas as pd\n"),
    "noqa": body("x = 1  # noqa"),
    "ruff: noqa": "# ruff: noqa\n",
    "ruff: disable": "# ruff: disable[F401]\n",
    "nosec": body("x = 1  # nosec"),
    "type: ignore": body("x = 1  # type: ignore[misc]"),
    "mypy": "# mypy: ignore-errors\n",
    "pragma": body("x = 1  # pragma: no cover"),
    "fmt": "# fmt: off\n",
    "bidi": 'X = "a\u202eb"\n',
    "zero width": "X = 'a\u200bb'\n",
    "tag characters": 'X = "a\U000e0041"\n',
    "a byte order mark": '\ufeff"""Doc."""\n',
    "a full-width name": body("\uff45val('1')"),
    "a full-width attribute": body("json.\uff43odecs"),
    "a Cyrillic name": "\u0430 = 1\n",
    "a relative import": "from . import other\n",
    "a relative import upwards": "from ..other import x\n",
    "a star import": "from math import *\n",
    "numpy through an inner module": body("d = np.ma.extras", "d.np.load('x')"),
    "an annotation that is evaluated": "import functools\n\n\n@functools.singledispatch\n"
    "def f(x):\n    return x\n",
    "star pattern": body("match x:", "    case [*json]:", "        return json"),
    "mapping pattern": body("match x:", "    case {**json}:", "        return 1"),
    "sys through from-import": "from typing import sys\n",
    "types through dataclasses": body(
        "dataclasses.types.FunctionType", head="import dataclasses\n"
    ),
    "eval as a decorator": "@eval\ndef f():\n    return 1\n",
    "an f-string's dunder": body("f'{x.__class__}'"),
    "a lambda at import": "X = (lambda: print(1))()\n",
    "a comprehension at import": "X = [print(i) for i in range(3)]\n",
    "a dunder keyword": body("f(__class__=1)"),
    "a dunder name": "X = __file__\n",
    "too long": "X = '" + "a" * 300_000 + "'\n",
    "too deep": "X = " + "(" * 190 + "1" + ",)" * 190 + "\n",
    "too many minuses": "X = " + "-" * 60_000 + "1\n",
    "a NUL byte": "X = 1\0\n",
    "another encoding": "# coding: latin-1\nX = 1\n",
}


@pytest.mark.parametrize("name", EVASIONS)
def test_every_evasion_is_refused(name: str) -> None:
    assert check(subject(EVASIONS[name]))


HARMLESS = {
    "nothing": body("y = 1"),
    "a frozen record": "from dataclasses import dataclass, field\n\n\n@dataclass(frozen=True)\n"
    "class A:\n    x: int = 0\n    y: list[int] = field(default_factory=list)\n",
    "a tuple by call": "import collections\n\nP = collections.namedtuple('P', 'x y')\n",
    "a constant table": "import numpy as np\n\nX = np.array([1.0, 2.0])\nY = frozenset({1})\n",
    "a compiled pattern": "import re\n\nX = re.compile('a+')\n",
    "an import for types": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
    "    import json\n",
    "a class with methods": "class A:\n    def __init__(self, x):\n        self.x = x\n\n"
    "    @property\n    def double(self):\n        return 2 * self.x\n\n"
    "    def __len__(self):\n        return len(self.x)\n",
    "a cached function": "import functools\n\n\n@functools.lru_cache(maxsize=8)\n"
    "def f(x):\n    return x\n",
    "ufunc methods": body("np.add.reduce(x)", "np.maximum.accumulate(x)", "np.add.at(x, 0, 1)"),
    "distributions": body(
        "stats.norm.pdf(x)", "stats.chi2.sf(x, 2)", head="from scipy import stats\n"
    ),
    "chained iterables": body("list(itertools.chain.from_iterable(x))", head="import itertools\n"),
    "values named as modules": body("np.array(x).copy()", "np.copy(x)", "np.select([x], [x])"),
    "a datetime": body("datetime.strptime(x, '%Y')", head="from datetime import datetime\n"),
    "a format of a literal": body("'{:.3f} {name}'.format(1.0, name=x)"),
    "getattr with a literal": body("getattr(x, 'shape', None)"),
    "a table in memory": body(
        "pd.read_csv(io.BytesIO(x))", head="import io\n\nimport pandas as pd\n"
    ),
    "a table of its own": "def f(x):\n    out = {}\n    out[x] = 1\n    out.update(a=2)\n"
    "    return out\n",
    "a local of the same name": "OUT = []\n\n\ndef f(x):\n    OUT = []\n    OUT.append(x)\n"
    "    return OUT\n",
    "an attribute named signal": "def f(x):\n    return x.signal, x.test, x.platform\n",
    "a seeded generator": body("np.random.default_rng(0).normal()", "np.random.Generator"),
    "a seeded stdlib generator": body("random.Random(1).random()", head="import random\n"),
    "numpy errors": body("with np.errstate(divide='ignore'):", "    y = x / 0"),
    "a match": body("match x:", "    case {'a': int(y)}:", "        return y"),
    "json": body("json.loads(json.dumps(x))"),
    "a micro sign": "# in \u00b5V\nX = '\u00b5V'\n",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_harmless_passes(name: str) -> None:
    code = HARMLESS[name]
    assert check(Subject("//p:n", "p", "n", code, (*ALLOWED, "itertools"))) == ()


@pytest.mark.parametrize("name", HONEST)
def test_honest_numeric_code_passes(name: str) -> None:
    assert check(subject(HONEST[name])) == ()


def test_an_import_must_be_allowed_exactly() -> None:
    only = Subject("//p:n", "p", "n", "import scipy.signal\n", ("scipy.signal",))
    assert check(only) == ()
    parent = Subject("//p:n", "p", "n", "import scipy\n", ("scipy.signal",))
    assert [one.rule for one in check(parent)] == ["import"]
    from_parent = Subject("//p:n", "p", "n", "from scipy import signal\n", ("scipy.signal",))
    assert check(from_parent) == ()
    child = Subject("//p:n", "p", "n", "import sklearn.svm\n", ("sklearn",))
    assert [one.rule for one in check(child)] == ["import"]


def test_a_standard_module_with_effects_is_refused_even_if_allowed() -> None:
    code = "import subprocess\n"
    allowed = Subject("//p:n", "p", "n", code, ("subprocess",))
    assert [one.rule for one in check(allowed)] == ["import"]


@pytest.mark.parametrize("origin", ["template", "source"])
def test_people_may_write_what_a_model_may_not(origin: Origin) -> None:
    code = "import os.path\n\nX = os.path.join('a', 'b')  # noqa\n\nprint(open)\n"
    kept = Subject("//p:n", "p", "n", code, ("os",), (), origin)
    assert check(kept) == ()
    wild = Subject("//p:n", "p", "n", code, (), (), origin)
    assert [one.rule for one in check(wild)] == ["import"]


@pytest.mark.parametrize("origin", ["generated", "template", "source"])
def test_hidden_characters_and_effects_are_refused_to_all(origin: Origin) -> None:
    found = check(subject('X = "\u2066"\n', origin=origin, effects=("network",)))
    assert {one.rule for one in found} == {"hidden-character", "effect"}


def test_a_finding_names_its_place() -> None:
    found = check(subject(body("eval('1')")))
    assert [(one.line, one.column, one.rule) for one in found] == [(6, 5, "name")]


def test_the_tables_are_in_the_key() -> None:
    assert len(configuration()["tables"]) == 64
