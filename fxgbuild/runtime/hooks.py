"""The three hooks of the meta-language, wrapped around an invocation at run.

logging: says what goes in or comes out · security: refuses ports that break their schemas · data:
records digests. `batch` runs once with all ports, `streaming` once for every port in turn. Hooks
run once for an invocation, however often it is tried.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import codec
from .check import check_ports
from .schema import Schema

logger = logging.getLogger("fxg.run")

Hook = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ports:
    """One side of an invocation as a hook sees it."""

    node: str
    values: Mapping[str, Any]
    schemas: Mapping[str, Schema]
    params: Mapping[str, object]
    when: str
    dims: dict[str, int]
    digests: dict[str, str] = field(default_factory=dict)

    def only(self, port: str) -> "Ports":
        return Ports(
            self.node,
            {port: self.values[port]},
            {port: self.schemas[port]},
            self.params,
            self.when,
            self.dims,
            self.digests,
        )


class HookError(ValueError):
    """A security hook found a port that breaks its schema."""


def run_hooks(hooks: list[Hook], ports: Ports) -> None:
    """Run the hooks of one side in the order they are declared."""
    for hook in hooks:
        if hook["when"] != ports.when:
            continue
        run = _KINDS[hook["kind"]]
        if hook.get("mode", "batch") == "streaming":
            for port in ports.schemas:
                run(hook, ports.only(port))
        else:
            run(hook, ports)


def _log(hook: Hook, ports: Ports) -> None:
    label = hook.get("name") or "logging"
    sizes = [
        f"{port} ({codec.digest(ports.values[port], schema)[1]} bytes)"
        for port, schema in ports.schemas.items()
    ]
    logger.info("%s: %s %s: %s", label, ports.when, ports.node, ", ".join(sizes))


def _secure(hook: Hook, ports: Ports) -> None:
    found = check_ports(ports.values, ports.schemas, ports.dims, ports.params)
    for port, faults in found.items():
        label = hook.get("name") or "security"
        raise HookError(f"hook {label} {ports.when}: {port}: {'; '.join(faults)}")


def _record(_: Hook, ports: Ports) -> None:
    for port, schema in ports.schemas.items():
        ports.digests[port] = codec.digest(ports.values[port], schema)[0]


_KINDS: dict[str, Callable[[Hook, Ports], None]] = {
    "logging": _log,
    "security": _secure,
    "data": _record,
}
