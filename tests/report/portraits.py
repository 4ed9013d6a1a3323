"""A small graph's portrait made by hand: every state, every origin, and whatever text is wanted."""

from dataclasses import replace

from fxgbuild.digest import digest_bytes
from fxgbuild.finding import Finding
from fxgbuild.lang.model import Parameter
from fxgbuild.lang.schema import parse_schema
from fxgbuild.plan.plan import Plan, Reason, Step, TargetPlan
from fxgbuild.report.dossier import Past, portrait
from tests.plan.worlds import TASK, edge, label, node, workspace

KEY = digest_bytes(b"key")
SIGNAL = parse_schema("float64[rows, channels] uV", {})
STATE = parse_schema(
    "state<mean: float64[rows], scale: float64[rows], deviation: float64[rows]>", {}
)


def drawn(text="Do it.", doc="A package."):
    """Nodes //p:a to //p:f; `text` stands wherever a workspace may say something."""
    task = replace(TASK, doc=text, params={"step": Parameter("step", "str", doc=text)})
    ports = {"value": SIGNAL}
    made = [
        replace(
            node(f"//p:{name}", {"out": SIGNAL, "state": STATE}, spec=text, params={"step": text}),
            task=task,
            inputs=ports if name != "a" else {"raw": SIGNAL},
        )
        for name in "abcdef"
    ]
    edges = [replace(edge(None, label("//p:a")), source_port="raw", port="raw")]
    pairs = (("a", "b"), ("a", "c"), ("a", "d"), ("b", "e"), ("c", "e"), ("a", "f"), ("e", "f"))
    retry = {"attempts": 3, "t0_s": 0.1, "factor": 2.0, "cap_s": 1.0}
    for source, target in pairs:
        one = edge(label(f"//p:{source}"), label(f"//p:{target}"))
        joined = "any" if target in "ef" else None
        edges.append(replace(one, call="async", join=joined, retry=retry, mode="fork"))
    found = workspace(made, edges)
    graph = replace(found.graphs["p"], doc=doc)
    return portrait(found, graph, planned(text), pasts(text))


def large(needs):
    """Nodes in any number, by what each takes values from; nothing of them is built."""
    made, edges = [], []
    for number, sources in enumerate(needs):
        ports = {f"from_{source}": SIGNAL for source in sources}
        made.append(replace(node(f"//p:n{number}"), inputs=ports))
        for source in sources:
            target = label(f"//p:n{number}")
            edges.append(edge(label(f"//p:n{source}"), target, into=f"from_{source}"))
    found = workspace(made, edges)
    graph = found.graphs["p"]
    labels = [*(one.label for one in made), graph.label, label("//p:wheel")]
    step = Step("test", KEY, None, False)
    targets = tuple(TargetPlan(one, "node", (step,), (), "value = 1\n") for one in labels)
    return portrait(found, graph, Plan(targets), {one: Past("pinned") for one in labels[:-2]})


def planned(text):
    """A plan in which the six nodes stand differently."""

    def target(name, kind, *actions, key=KEY, code="value = 1\n"):
        steps = tuple(Step(action, key, None, False) for action in actions)
        reasons = (Reason(text, text, f"{text}!"),) if actions else ()
        return TargetPlan(label(name), kind, steps, reasons, code)

    code = f"# {text}\nvalue = 1\n"
    return Plan(
        (
            target("//p:a", "node"),
            target("//p:b", "node", "test", code=code),
            target("//p:c", "node", "generate", "lint", code=None),
            target("//p:d", "node", "test", code=code),
            target("//p:e", "node", code=code),
            target("//p:f", "node", code=code),
            target("//p", "graph", "integrate", key=None),
            target("//p:wheel", "artifact", "emit", key=None),
        )
    )


def pasts(text):
    attempt = {"attempt": 1, "stage": "test", "findings": [text]}
    finding = Finding("test", text, text, 2, 1)
    return {
        label("//p:a"): Past("source"),
        label("//p:b"): Past("pinned", {"model": text, "provider": text}, (attempt,)),
        label("//p:c"): Past("missing", code=f"# {text}\n", code_title=text),
        label("//p:d"): Past("generated", failed=True, findings=(finding,)),
        label("//p:e"): Past("carried", carried=({"because": text},)),
        label("//p:f"): Past("template"),
    }
