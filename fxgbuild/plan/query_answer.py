"""The answer to a query: an expression evaluated over a world, set by set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never, cast

from fxgbuild.errors import FxgError, QueryFailed
from fxgbuild.lang.assign import mismatches
from fxgbuild.lang.label import Label, parse_pattern
from fxgbuild.lang.model import Graph, Node
from fxgbuild.lang.schema import BadSchema, Schema, parse_schema, required
from fxgbuild.plan.attributes import ATTRIBUTES, LINKS, attribute, is_attribute, kind, linked
from fxgbuild.plan.query import (
    EVERYTHING,
    Around,
    Call,
    Chain,
    Expression,
    Labels,
    Let,
    Port,
    Regex,
    State,
    Text,
    Variable,
    parse,
)
from fxgbuild.plan.query_tokens import wrong
from fxgbuild.plan.query_world import World, by_name
from fxgbuild.plan.select import match
from fxgbuild.problem import closest
from fxgbuild.runtime import dims

Names = Mapping[str, frozenset[Label]]


def answer(query: str, world: World) -> list[Label]:
    """The labels a query finds, sorted; `somepath(a, b)` alone is told in the path's order."""
    found = parse(query)
    answering = _Answering(query, world)
    if isinstance(found, Call) and found.name == "somepath":
        return answering.path(found, {})
    return sorted(answering.labels(found, {}), key=by_name)


@dataclass(frozen=True, slots=True)
class _Answering:
    query: str
    world: World

    def wrong(self, at: int, message: str, near: str = "", hint: str = "") -> QueryFailed:
        more = {"hint": hint} if hint else {}
        return wrong(self.query, at, message, near=near, **more)

    def labels(self, expression: Expression, names: Names) -> frozenset[Label]:  # noqa: PLR0911
        match expression:
            case Text():
                return frozenset(self.pattern(expression))
            case Labels():
                return frozenset().union(*map(self.pattern, expression.patterns))
            case Variable():
                return names[expression.name]
            case State():
                states = self.world.states()
                return frozenset(x for x, words in states.items() if expression.name in words)
            case Let():
                value = self.labels(expression.value, names)
                return self.labels(expression.body, {**names, expression.name: value})
            case Chain():
                return self.chain(expression, names)
            case Around():
                return self.around(expression, names)
            case Call():
                return frozenset(self.call(expression, names))
        assert_never(expression)

    def pattern(self, text: Text) -> Iterable[Label]:
        """One name is looked up, which is cheap a thousand times over; the rest is matched."""
        pattern = parse_pattern(text.text, package=self.world.package)
        if isinstance(pattern, str):
            raise self.wrong(text.at, pattern)
        if pattern.negative:
            raise self.wrong(text.at, "a query takes away by an operator", hint="`a except b`")
        if pattern.is_exact():
            graph = self.world.workspace.graphs.get(pattern.package)
            named = graph.label if graph and not pattern.name else None
            label = named or Label(pattern.package, pattern.name)
            if label in self.world.targets:
                return (label,)
        try:
            return match(self.world.workspace, [text.text], package=self.world.package)
        except FxgError as error:
            near = error.facts.get("closest", "")
            raise self.wrong(text.at, error.message, near, error.hint) from None

    def chain(self, chain: Chain, names: Names) -> frozenset[Label]:
        found = set(self.labels(chain.first, names))
        for operator, term in chain.rest:
            other = self.labels(term, names)
            match operator:
                case "+":
                    found |= other
                case "-":
                    found -= other
                case _:
                    found &= other
        return frozenset(found)

    def around(self, around: Around, names: Names) -> frozenset[Label]:
        inner = self.labels(around.inner, names)
        up = self.world.reached(inner, around.up) if around.up else set()
        down = self.world.reached(inner, around.down, upward=True) if around.down else set()
        return inner | up | down

    def call(self, call: Call, names: Names) -> Iterable[Label]:  # noqa: PLR0911 - one a function
        world = self.world
        match call.name:
            case "deps":
                return world.reached(self.argument(call, 0, names), depth_of(call, 1))
            case "rdeps":
                # What needs the set within the closure of the universe: all that lies between
                # a member of the closure and the set is in the closure too.
                universe = world.reached(self.argument(call, 0, names), EVERYTHING)
                wanted = self.argument(call, 1, names) & universe
                return world.reached(wanted, depth_of(call, 2), upward=True) & universe
            case "allpaths":
                below = world.reached(self.argument(call, 0, names), EVERYTHING)
                ends = self.argument(call, 1, names)
                return world.reached(ends & below, EVERYTHING, upward=True) & below
            case "somepath":
                return self.path(call, names)
            case "consumers":
                return self.consumers(call.arguments[0], names)
            case "producers":
                return self.producers(cast(Text, call.arguments[0]))
        return self.chosen(call, names)

    def argument(self, call: Call, number: int, names: Names) -> frozenset[Label]:
        return self.labels(cast(Expression, call.arguments[number]), names)

    def path(self, call: Call, names: Names) -> list[Label]:
        starts, ends = self.argument(call, 0, names), self.argument(call, 1, names)
        return self.world.path(starts, ends)

    def chosen(self, call: Call, names: Names) -> Iterable[Label]:
        """The functions that look at each target of a set by itself."""
        targets, found = self.world.targets, self.argument(call, len(call.arguments) - 1, names)
        first = call.arguments[0]
        if isinstance(first, Regex):
            search = first.pattern.search
            if call.name == "filter":
                return [label for label in found if search(str(label))]
            return [label for label in found if search(kind(targets[label]))]
        name = cast(Text, first)
        if call.name == "labels":
            self.check_name(name, LINKS, name.text in LINKS)
            links = [linked(self.world.workspace, targets[x], name.text) for x in found]
            return {label for part in links for label in part if label in targets}
        self.check_name(name, ATTRIBUTES, is_attribute(name.text))
        search = cast(Regex, call.arguments[1]).pattern.search
        texts = ((label, attribute(targets[label], name.text)) for label in found)
        return [label for label, text in texts if text is not None and search(text)]

    def check_name(self, name: Text, known: tuple[str, ...], good: bool) -> None:
        if not good:
            message = f"there is no attribute `{name.text[:80]}`"
            hint = "attributes: " + ", ".join(known)
            raise self.wrong(name.at, message, closest(name.text, known), hint)

    def consumers(self, argument: object, names: Names) -> Iterable[Label]:
        """Who takes a value from a node's output, or from a graph's input, by an edge."""
        if isinstance(argument, Port):
            sources = frozenset(self.pattern(argument.target))
            for label in sources:
                self.check_port(label, argument)
            port = argument.port
        else:
            sources, port = self.labels(cast(Expression, argument), names), ""
        return {
            edge.target
            for graph in self.world.workspace.graphs.values()
            for edge in graph.edges
            if (edge.source or graph.label) in sources and port in ("", edge.source_port)
        }

    def check_port(self, label: Label, asked: Port) -> None:
        target = self.world.targets[label]
        ports: Iterable[str] = ()
        if isinstance(target, Node):
            ports = target.outputs
        elif isinstance(target, Graph):
            ports = target.inputs
        if asked.port not in ports:
            side = "input" if isinstance(target, Graph) else "output"
            message = f"`{label}` has no {side} `{asked.port}`"
            near, hint = closest(asked.port, ports), f"ports: {', '.join(ports) or 'none'}"
            raise self.wrong(asked.at, message, near, hint)

    def producers(self, text: Text) -> Iterable[Label]:
        types = self.world.types()
        try:
            wanted = parse_schema(text.text, types)
        except BadSchema as error:
            near = closest(text.text, types)
            raise self.wrong(text.at, f"not a type: {error}", near) from None
        known: dict[int, bool] = {}  # the nodes of a task share its schemas
        found = []
        for label, target in self.world.targets.items():
            if not isinstance(target, Node):
                continue
            for schema in target.outputs.values():
                good = known.get(id(schema))
                if good is None:
                    good = known[id(schema)] = not mismatches(schema, wanted)
                if good and has_length(target, schema, wanted):
                    found.append(label)
        return found


def depth_of(call: Call, number: int) -> int:
    return cast(int, call.arguments[number]) if len(call.arguments) > number else EVERYTHING


def has_length(node: Node, schema: Schema, wanted: Schema) -> bool:
    """No axis is known to be longer or shorter than a length the type gives."""
    plain, other = required(schema), required(wanted)
    if "array" not in plain or "array" not in other:
        return True
    fixed = {name: value for name, value in node.params.items() if node.bindings[name] != "run"}
    for dim, length in zip(plain["array"]["dims"], other["array"]["dims"], strict=False):
        if isinstance(length, int):
            try:
                known = dim if isinstance(dim, int) else dims.evaluate(dim, fixed)
            except ValueError:
                known = None
            if known not in (None, length):
                return False
    return True
