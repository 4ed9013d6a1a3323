"""A scripted world behind the ports: tools, sandbox and model that answer at once and keep a log.

Every piece of work leaves one line in a log that all processes share (O_APPEND), so that a test
counts what was done and how often, whoever did it. Only the answers are made up: what is asked,
stored, locked and recorded is the program's own.
"""

import hashlib
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from fxgbuild import process
from fxgbuild.command import Command, Completed
from fxgbuild.generate.reply import Reply

# Code that holds one of these fails that stage; a spec with FAILS[stage] makes the model write it.
MARKS = {stage: f"FAILS-{stage}" for stage in ("lint", "type", "security", "test")}
BODIES = {
    "fold": "return ((first + (second or 0) + (third or 0)) * factor + offset + level) % 65521",
    "smooth": "return wave * weight",
    "count": "return int(wave.shape[0])",
    "gather": "return sum(values) % 65521",
}
SIGNATURE = re.compile(r"^def (\w+)\(.*?\)[^\n]*:$", re.MULTILINE | re.DOTALL)


def digest(data):
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Log:
    """One line for each piece of work, appended whole."""

    path: Path

    def add(self, what, **facts):
        line = json.dumps({"what": what, "pid": os.getpid(), **facts}, sort_keys=True) + "\n"
        target = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(target, line.encode())
        finally:
            os.close(target)

    def lines(self, what=None):
        text = self.path.read_text("utf-8") if self.path.exists() else ""
        found = [json.loads(line) for line in text.splitlines()]
        return [line for line in found if what in (None, line["what"])]

    def clear(self):
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class World:
    """Where the log lies, how long each piece of work takes, and what is really started."""

    log: Log
    tool_s: float = 0.0
    job_s: float = 0.0
    model_s: float = 0.0
    child: str = ""  # the seconds that a real child process of every tool sleeps

    def tools(self, command: Command) -> Completed:
        """Answer for ruff, mypy and bandit."""
        if "--stdin-filename" in command.argv:
            return Completed(0, command.stdin, b"")
        if self.child:
            process.run(Command(("/bin/sleep", *self.child.split()), (), 60))
        time.sleep(self.tool_s)
        tool = command.argv[2]
        stage = {"ruff": "lint", "mypy": "type", "bandit": "security"}[tool]
        modules = {name: data for name, data in command.files if name.endswith(".py")}
        for data in modules.values():
            self.log.add(stage, code=digest(data))
        bad = [name for name, data in modules.items() if MARKS[stage].encode() in data]
        return Completed(1 if bad else 0, REPORTS[tool](bad), b"")

    def sandbox(self):
        """Where nothing runs; each job is answered from its document and files."""
        return ScriptedSandbox(self)

    def model(self):
        return ScriptedModel(self)


def _ruff(bad):
    place = {"row": 1, "column": 1}
    return json.dumps(
        [{"filename": n, "code": "F401", "message": "scripted", "location": place} for n in bad]
    ).encode()


def _mypy(bad):
    facts = {"line": 1, "column": 0, "message": "scripted", "code": "misc", "severity": "error"}
    return "\n".join(json.dumps({"file": name, **facts}) for name in bad).encode()


def _bandit(bad):
    facts = {"issue_severity": "LOW", "issue_text": "scripted", "test_name": "scripted"}
    found = [{"filename": n, "test_id": "B101", "line_number": 1, **facts} for n in bad]
    return json.dumps({"results": found, "errors": []}).encode()


REPORTS = {"ruff": _ruff, "mypy": _mypy, "bandit": _bandit}


@dataclass(frozen=True)
class ScriptedSandbox:
    world: World
    level: str = "A"
    description: str = "scripted: nothing runs"
    batches: bool = True

    def job(self, document, files, *, out=None, wall_s, memory_mb):
        """Give every target of a job its frame."""
        del wall_s, memory_mb
        time.sleep(self.world.job_s)
        answer = self._test if document["kind"] == "test" else self._run
        return SimpleNamespace(frames=[answer(t, files, out) for t in document["targets"]])

    def _test(self, target, files, _out):
        own = {n: d for n, d in files.items() if n.startswith(target["dir"] + "/")}
        code = own[f"{target['dir']}/code/{target['module']}.py"]
        self.world.log.add("test", label=target["id"], code=digest(code))
        return _frame(target["id"], MARKS["test"].encode() not in code)

    def _run(self, target, files, out):
        """A pure function of code, wiring and inputs: each port's bytes are a digest of them."""
        self.world.log.add("integrate", label=target["id"])
        link, ports = target["link"], {}
        for case, given in target["cases"].items():
            values = {
                name: digest(files[f"{target['dir']}/{file}"]) for name, file in given.items()
            }
            ports[case] = {}
            for node in link["nodes"]:
                code = digest(files[f"{target['dir']}/code/{node['module']}.py"])
                taken = [
                    [edge["to"], values.get(edge["from"]), edge["scale"]]
                    for edge in link["edges"]
                    if edge["to"].rpartition(".")[0] == node["name"]
                ]
                for port in node["outputs"]:
                    name = f"{node['name']}.{port}"
                    seen = json.dumps([port, code, node["params"], taken], sort_keys=True)
                    values[name] = digest(seen.encode())
                    ports[case][name] = self._write(out, target, case, name, values[name])
        return _frame(target["id"], True) | {"ports": ports, "tasks": []}

    @staticmethod
    def _write(out, target, case, name, value):
        data = json.dumps({"is": value}).encode()
        path = f"{target['dir']}/{case}/{name}"
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)
        return {"sha256": digest(data), "bytes": len(data), "path": path}


def _frame(label, passed):
    trial = {"name": "scripted", "kind": "property", "outcome": "passed" if passed else "failed"}
    counts = {"collected": 1, "expected": 1, "wall_s": 0.0, "ended": "ok"}
    return {"id": label, "ok": passed, "tests": [trial | {"message": ""}], **counts}


@dataclass(frozen=True)
class ScriptedModel:
    """Writes right code that carries a mark made of the prompt, so no two prompts share code.

    Where a spec asks for `FAILS-stage`, the first attempt fails that stage; its repair does not.
    """

    world: World

    def ask(self, messages, *, temperature):
        del temperature
        prompt = json.dumps(messages, sort_keys=True)
        asked = digest(prompt.encode())
        text = reply_to(messages[-1]["content"])
        self.world.log.add("asked", prompt=asked, reply=digest(text.encode()))
        time.sleep(self.world.model_s)
        self.world.log.add("answered", prompt=asked, reply=digest(text.encode()))
        return Reply(text, "scripted", "chaos", usage={"total_tokens": 7})


def reply_to(prompt):
    """The reply to a prompt; a repair is marked like the first attempt, whatever it is told."""
    first, repair, _ = prompt.partition("\n## Repair\n")
    signature = SIGNATURE.search(first)
    doc = f'    """Return what the task asks for, in the manner {digest(first.encode())[:16]}."""\n'
    code = f"{signature[0]}\n{doc}    {BODIES[signature[1]]}\n"
    wanted = re.findall(r"FAILS-(\w+)", first.split("## Ports")[0])
    if wanted and not repair:
        code = f'_MARK = "{MARKS[wanted[0]]}"\n\n\n{code}'
    return f"```python\n{code}```\n"
