"""Puts the entries of a YAML file in order without touching what they say.

Whole lines are moved, each entry with the comments that stand above it, so no comment is lost;
blank lines are brought to one between what spans several lines.
"""

from dataclasses import dataclass

import yaml

from fxgbuild.lang.key_order import Shape, sorted_keys

_AIR = ("nodes", "artifacts")  # under these, entries of several lines get a blank line


@dataclass(slots=True)
class _Entry:
    """One key of a block mapping, or one item of a block sequence, as lines."""

    key: str
    above: list[str]  # comments and blank lines before it
    body: list[str]


def arrange(text: str, shape: Shape) -> str:
    """Give the same document with its keys in order; raises yaml.YAMLError."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    lines = text.split("\n")
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return text
    text = "\n".join(_Arranger(lines).block(root, shape, (0, len(lines)), ("",), 0))
    return _flows(text.rstrip("\n") + "\n", shape)


Span = tuple[int, int]


class _Arranger:
    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def block(
        self, node: yaml.Node, shape: Shape, span: Span, path: tuple[str, ...], column: int
    ) -> list[str]:
        """The lines of a block collection that stands in a span, in order, at a column."""
        entries, rest = self._entries(node, shape, span, path, column)
        head = entries[0].above if path == ("",) else []  # what opens the file stays on top
        if head:
            entries[0].above = []
        if isinstance(node, yaml.MappingNode) and shape.model:
            by_name = {entry.key: entry for entry in entries}
            order = sorted_keys(list(by_name), shape)
            entries = [by_name[name] for name in order] if len(by_name) == len(entries) else entries
        airy = path == ("",) or path[-1] in _AIR
        found = _squeezed(head, 0, first=True)
        for number, entry in enumerate(entries):
            above = _squeezed(entry.above, column, first=number == 0 and not head)
            long = len(entry.body) > 1 or (number and len(entries[number - 1].body) > 1)
            if airy and number and long and (not above or above[0]):
                above = ["", *above]
            found += [*above, " " * column + entry.body[0], *entry.body[1:]]
        return [*found, *_squeezed(rest, column, first=False)]

    def _entries(
        self, node: yaml.Node, shape: Shape, span: Span, path: tuple[str, ...], column: int
    ) -> tuple[list[_Entry], list[str]]:
        """Cut a span into the entries of a block collection, and what follows the last."""
        marks = self._marks(node)
        found, at = [], span[0]
        for number, (line, key, value) in enumerate(marks):
            until = marks[number + 1][0] if number + 1 < len(marks) else span[1]
            stop = self._end(value, line, until, node.start_mark.column)
            inner = shape.below(key) if isinstance(node, yaml.MappingNode) else shape.each
            body = self._body(node, value, (line, stop), (*path, key), (inner or Shape(), column))
            found.append(_Entry(key, self.lines[at:line], body))
            at = stop
        return found, self.lines[at : span[1]]

    def _body(
        self,
        node: yaml.Node,
        value: yaml.Node,
        span: Span,
        path: tuple[str, ...],
        new: tuple[Shape, int],
    ) -> list[str]:
        """An entry's lines: the first without its indent, the others where they go."""
        (line, stop), (shape, column) = span, new
        own = self.lines[line][node.start_mark.column :]
        if isinstance(node, yaml.SequenceNode):
            own = f"- {own[1:].lstrip(' ')}".rstrip()
        shift = column - node.start_mark.column
        if not self._is_block(value):
            return [own, *(_moved(text, shift) for text in self.lines[line + 1 : stop])]
        if value.start_mark.line > line:
            return [own, *self.block(value, shape, (line + 1, stop), path, column + 2)]
        nested = self.block(value, shape, span, path, column + 2)
        return [f"- {nested[0].lstrip(' ')}", *nested[1:]]

    def _marks(self, node: yaml.Node) -> list[tuple[int, str, yaml.Node]]:
        if isinstance(node, yaml.MappingNode):
            return [(key.start_mark.line, str(key.value), value) for key, value in node.value]
        marks = []
        for item in node.value:
            line = item.start_mark.line
            while not self.lines[line][node.start_mark.column :].startswith("-"):
                line -= 1  # the item stands below its dash
            marks.append((line, "", item))
        return marks

    def _is_block(self, node: yaml.Node) -> bool:
        if not isinstance(node, yaml.MappingNode | yaml.SequenceNode):
            return False
        return not node.flow_style and bool(node.value)

    def _end(self, value: yaml.Node, line: int, until: int, column: int) -> int:
        """The line after an entry's content; comments that are further in belong to it too."""
        last = max(line, _last_line(value))
        while last > line and not self.lines[last].strip():
            last -= 1
        stop = last + 1
        for number in range(stop, until):
            text = self.lines[number].strip()
            if text.startswith("#") and _indent(self.lines[number]) > column:
                stop = number + 1
            elif text:
                break
        return min(stop, until)


def _moved(line: str, shift: int) -> str:
    return " " * max(_indent(line) + shift, 0) + line.lstrip(" ") if line.strip() else line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _last_line(node: yaml.Node) -> int:
    """The last line with content of a value."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return node.end_mark.line - (1 if node.end_mark.column == 0 else 0)
    return int(node.end_mark.line)


def _squeezed(lines: list[str], column: int, *, first: bool) -> list[str]:
    """Comments at a column, blank lines at most one at a time and none at the very beginning."""
    found: list[str] = []
    for line in lines:
        if line.strip():
            found.append(" " * column + line.strip())
        elif (found and found[-1]) or (not found and not first):
            found.append("")
    return found


def _flows(text: str, shape: Shape) -> str:
    """Order the keys of mappings in braces, those without a comment inside."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    spots: list[tuple[int, int, str]] = []
    if root is not None:
        _find_flows(root, shape, text, spots)
    for start, end, made in sorted(spots, reverse=True):
        text = text[:start] + made + text[end:]
    return text


def _find_flows(
    node: yaml.Node, shape: Shape, text: str, spots: list[tuple[int, int, str]]
) -> None:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        ordered = sorted_keys(keys, shape) if shape.model else keys
        if node.flow_style and ordered != keys and "#" not in text[start:end]:
            parts = {
                str(key.value): text[key.start_mark.index : value.end_mark.index]
                for key, value in node.value
            }
            spots.append((start, end, "{" + ", ".join(parts[key] for key in ordered) + "}"))
            return
        for key, value in node.value:
            _find_flows(value, shape.below(str(key.value)), text, spots)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _find_flows(item, shape.each or Shape(), text, spots)
