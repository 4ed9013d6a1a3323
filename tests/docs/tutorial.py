"""A tutorial's parts in order: files that a reader makes, and commands that a reader types."""

import re
from dataclasses import dataclass

from .console import steps, type_into

_FENCE = re.compile(r"^(`{3,})(\w+)(?: (\S+))?\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Part:
    """A file to write, or a command with what it prints."""

    path: str = ""
    text: str = ""
    command: str = ""
    shown: tuple[str, ...] = ()


def parts(page):
    """Blocks that open with a language and a path are files; console blocks are typed."""
    found = []
    for _, language, path, body in _FENCE.findall(page):
        if path:
            found.append(Part(path=path, text=body))
        elif language == "console":
            found += [Part(command=s.command, shown=s.shown) for s in steps(body)]
    return found


class Reader:
    """Begins in an empty folder, stays where a `cd` leads, and keeps what is exported."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.exports = ""

    def write(self, path, text):
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def type(self, command):
        """What a command prints."""
        if re.fullmatch(r"cd \S+", command):
            self.folder = (self.folder / command.removeprefix("cd ")).resolve()
            assert self.folder.is_dir(), command
            return ""
        if command.startswith("export "):
            self.exports += f"{command}\n"
            return ""
        return type_into(self.folder, self.exports + command)
