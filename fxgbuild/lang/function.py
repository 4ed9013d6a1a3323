"""The template of a function that has no rule set: made of its ports, parameters and name.

What it says is the node's contract, so it is in the generate key. Names are kept short and lists
shallow enough for every line to fit, and commas stand where ruff's formatter would put them.
"""

import ast
import builtins
import keyword
import re
import textwrap
from collections.abc import Mapping

from fxgbuild.lang.kinds import is_optional, required
from fxgbuild.lang.model import Parameter
from fxgbuild.lang.schema import Schema, show
from fxgbuild.lang.template import Template, parse_template
from fxgbuild.problem import visible
from fxgbuild.runtime.schema import kind

WIDTH = 100
PATH = "(made of the node's ports)"
FUNCTION = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
# What the annotations are made of: a field of such a name would stand in their way.
_ANNOTATING = frozenset({"bool", "bytes", "datetime", "decimal", "dict", "float", "int", "list"})
_ANNOTATING |= {"np", "npt", "pd", "str"}
_MOST_LISTS = 3
_PARAMETERS = {"float": "float", "int": "int", "bool": "bool", "text": "str", "secret": "str"}
_SCALARS = {
    "text": "str",
    "bytes": "bytes",
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "date": "datetime.date",
    "decimal": "decimal.Decimal",
    "table": "pd.DataFrame",
}
_STATEMENTS = {
    "datetime.": "import datetime",
    "decimal.": "import decimal",
    "np.": "import numpy as np",
    "npt.": "import numpy.typing as npt",
    "pd.": "import pandas as pd",
}
_TYPING = ("Any", "Literal", "NamedTuple", "NotRequired", "TypeAlias", "TypedDict")
# Names of Python's own, by their form: which there are differs by version, and this is in keys.
_TAKEN = re.compile(
    r".*(Error|Exception|ExceptionGroup|Exit|Interrupt|Iteration|Warning)|Ellipsis|False|None"
    rf"|NotImplemented|True|{'|'.join(_TYPING)}"
)

Ports = Mapping[str, Schema]


def name_problem(name: str) -> str:
    """Why a function may not be called so; empty when it may."""
    if not FUNCTION.fullmatch(name):
        return f"`{name}` is no function name: lower-case ASCII letters, digits and `_`"
    if keyword.iskeyword(name):
        return f"`{name}` is a word of Python, no function name"
    if name == "l":
        return "`l` looks like `1` and `I`, so no function is called so"
    if name in _ANNOTATING or hasattr(builtins, name):
        return f"`{name}` has a meaning of its own in Python, so no function is called so"
    return ""


def port_problem(name: str, *, is_field: bool) -> str:
    """Why no argument, or with `is_field` no output beside others, may have this name."""
    if keyword.iskeyword(name):
        return f"`{name}` is a word of Python, so no argument or field can be called so"
    if is_field and name in ("count", "index"):
        return f"several outputs come back as a NamedTuple, which has a method `{name}`"
    if is_field and name in _ANNOTATING:
        return f"several outputs are fields of one type, whose annotations use `{name}`"
    return ""


def function_template(
    function: str, inputs: Ports, outputs: Ports, params: Mapping[str, Parameter]
) -> Template:
    """The template of one function; every name in it must have been found usable before."""
    text = _Text(function)
    arguments = [f"{name}: {text.port(name, schema)}" for name, schema in inputs.items()]
    arguments += ["*"] if params else []
    arguments += [f"{name}: {text.parameter(p)}" for name, p in params.items()]
    returns = text.returns(outputs)
    imports = text.imports(arguments, returns)
    head = [f'"""The function `{function}`."""', *([""] if imports else []), *imports]
    body = [
        *_signature(function, arguments, returns),
        *_docstring(inputs, outputs, params),
        "    raise NotImplementedError",
    ]
    lines = [*head, *text.declared(), "", "", "# fxg:hole", *body, "", "", "# fxg:end", ""]
    return parse_template(PATH, "\n".join(lines).encode(), function)


def required_modules(template: Template) -> tuple[str, ...]:
    """What the template itself imports, and so all code under it may."""
    found = (x for x in ast.parse(template.head).body if isinstance(x, ast.Import))
    return tuple(sorted({alias.name for x in found for alias in x.names} - {"numpy.typing"}))


def _signature(function: str, arguments: list[str], returns: str) -> list[str]:
    if not arguments:
        return [f"def {function}() -> {returns}:"]
    return [f"def {function}(", *(f"    {argument}," for argument in arguments), f") -> {returns}:"]


def _docstring(inputs: Ports, outputs: Ports, params: Mapping[str, Parameter]) -> list[str]:
    parts = [
        ("Takes:", [f"{name}: {show(schema)}" for name, schema in inputs.items()]),
        ("Parameters:", [f"{name}: {_facts(p)}" for name, p in params.items()]),
        ("Gives:", [f"{name}: {show(schema)}" for name, schema in outputs.items()]),
    ]
    lines = ['    """Compute the outputs of this node from its inputs, as it is specified.', ""]
    for title, items in parts:
        lines += [f"    {title}"] if items else []
        for item in items:
            lines += _wrapped(item)
    return [*lines, '    """']


def _wrapped(text: str) -> list[str]:
    """Lines of a docstring; what would end it or hide in it is spelled otherwise."""
    plain = visible(" ".join(text.split())).replace("\\", "\\\\").replace('"', "'")
    width = WIDTH if plain.isascii() else WIDTH // 2  # some letters take the room of two
    begin, go_on = " " * 8, " " * 12
    return textwrap.wrap(
        plain, width, initial_indent=begin, subsequent_indent=go_on, break_on_hyphens=False
    )


def _facts(parameter: Parameter) -> str:
    words = [parameter.type]
    words += [parameter.unit] if parameter.unit else []
    if (parameter.low, parameter.high) != (None, None):
        words.append(f"in [{_bound(parameter.low, '-inf')}, {_bound(parameter.high, 'inf')}]")
    words += [f"one of {', '.join(parameter.values)}"] if parameter.values else []
    return " ".join(words)


def _bound(bound: float | None, none: str) -> str:
    return none if bound is None else f"{bound:g}"


class _Text:
    """Annotations, with the types that they need declared before the function."""

    def __init__(self, function: str) -> None:
        self.function = function
        self.blocks: dict[str, list[str]] = {}  # by name, in the order they are needed

    def port(self, name: str, schema: Schema) -> str:
        """The annotation of an argument, a type of its own where the line would be too long."""
        return self._short(name, self._of(schema, name), 4 + len(name) + len(": ,"))

    def parameter(self, parameter: Parameter) -> str:
        if parameter.type == "enum":
            return self._choices(parameter.name, list(parameter.values))
        return _PARAMETERS[parameter.type]

    def returns(self, outputs: Ports) -> str:
        if len(outputs) == 1:
            ((name, schema),) = outputs.items()
            before = len(f"def {self.function}() -> :")
            return self._short(name, self._of(schema, name), before)
        fields = [f"    {name}: {self.port(name, schema)}" for name, schema in outputs.items()]
        doc = f'    """What `{self.function}` gives."""'
        return self._class(f"{self.function}_result", "NamedTuple", [doc, "", *fields])

    def declared(self) -> list[str]:
        lines: list[str] = []
        was_class = False
        for block in self.blocks.values():
            is_class = block[0].startswith("class ")
            lines += ["", ""] if is_class or was_class else [""]
            lines += block
            was_class = is_class
        return lines

    def imports(self, arguments: list[str], returns: str) -> list[str]:
        text = "\n".join(
            [*arguments, returns, *(x for block in self.blocks.values() for x in block)]
        )
        names = [name for name in _TYPING if re.search(rf"\b{name}\b", _without_texts(text))]
        standard = [x for prefix, x in _STATEMENTS.items() if _uses(text, prefix) and "as" not in x]
        standard += [f"from typing import {', '.join(names)}"] if names else []
        further = [x for prefix, x in _STATEMENTS.items() if _uses(text, prefix) and " as " in x]
        return [*standard, *([""] if standard and further else []), *further]

    def _of(self, schema: Schema, name: str, lists: int = 0) -> str:  # noqa: PLR0911 - one a kind
        if is_optional(schema):
            return f"{self._of(required(schema), name, lists)} | None"
        match kind(schema):
            case "array":
                dtype = schema["array"]["dtype"]
                return f"npt.NDArray[np.{'bool_' if dtype == 'bool' else dtype}]"
            case "list":
                deep = lists + 1 == _MOST_LISTS
                item = "Any" if deep else self._of(schema["items"], name, lists + 1)
                return f"list[{item}]"
            case "enum":
                return self._choices(name, list(schema["enum"]))
            case "record":
                return self._mapping(name, schema["properties"])
            case "state":
                return self._mapping(name, schema["state"])
            case other:
                return _SCALARS[other]

    def _choices(self, name: str, values: list[str]) -> str:
        texts = [_quoted(value) for value in values]
        if any(_width(text) > WIDTH - 5 for text in texts):
            return "str"
        title = self._name(name)
        line = f"{title}: TypeAlias = Literal[{', '.join(texts)}]"
        if _width(line) <= WIDTH:
            return self._declare(title, [line])
        if len(texts) == 1:
            return "str"
        head = f"{title}: TypeAlias = Literal["
        return self._declare(title, [head, *(f"    {text}," for text in texts), "]"])

    def _mapping(self, name: str, fields: Ports) -> str:
        lines = ['    """The fields of a value."""', ""]
        for field, schema in fields.items():
            annotation = self._of(schema, f"{name}_{field}")
            if is_optional(schema):
                annotation = f"NotRequired[{annotation}]"
            lines.append(f"    {field}: {annotation}")
        usable = all(_is_field(field) for field in fields)
        if not fields or not usable or any(len(line) > WIDTH for line in lines):
            return "dict[str, Any]"
        return self._class(name, "TypedDict", lines)

    def _class(self, name: str, kind: str, lines: list[str]) -> str:
        title = self._name(name)
        return self._declare(title, [f"class {title}({kind}):", *lines])

    def _short(self, name: str, annotation: str, before: int) -> str:
        if before + len(annotation) <= WIDTH:
            return annotation
        title = self._name(name)
        return self._declare(title, [f"{title}: TypeAlias = {annotation}"])

    def _name(self, name: str) -> str:
        """A free name for a type, from that of a port."""
        words = re.sub(r"[^A-Za-z0-9]+", "_", name).split("_")
        title = "".join(word[:1].upper() + word[1:] for word in words)[:20] or "Value"
        unclear = len(title) == 1 or _TAKEN.fullmatch(title)
        title = f"{title}Value" if unclear else title
        free = (title, *(f"{title}{number}" for number in range(2, 10_000)))
        return next(one for one in free if one not in self.blocks)

    def _declare(self, title: str, lines: list[str]) -> str:
        """Declare a type, or give the one that is the same already."""
        for known, block in self.blocks.items():
            if [x.replace(known, title, 1) for x in block[:1]] + block[1:] == lines:
                return known
        self.blocks[title] = lines
        return title


def _is_field(name: str) -> bool:
    usable = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    return usable and not name.startswith("__") and name not in _ANNOTATING


def _uses(text: str, prefix: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(prefix)}", _without_texts(text)) is not None


def _without_texts(text: str) -> str:
    return re.sub(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*\"""", '""', text)


def _quoted(text: str) -> str:
    """A text as ruff's formatter writes it: double quotes, unless that takes more escapes."""
    inner = repr(f"'\"{text}")[1:-1]  # both quotes in it: the one that delimits is escaped
    bare = inner[3:].replace("\\'", "'")
    if '"' in bare and "'" not in bare:
        return f"'{bare}'"
    return '"' + bare.replace('"', '\\"') + '"'


def _width(text: str) -> int:
    return sum(1 if ord(letter) < 0x300 else 2 for letter in text)
