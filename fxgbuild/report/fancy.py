"""Progress on a terminal: one live line per kind of action, gone when the build is."""

from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from fxgbuild.event import ActionEnded, Event, Noted, Planned


class FancyReporter:
    def __init__(self, stream: TextIO, *, color: str = "auto") -> None:
        force = {"always": True, "never": False}.get(color)
        self.console = Console(file=stream, no_color=color == "never", force_terminal=force)
        self.progress: Progress | None = None
        self.tasks: dict[str, TaskID] = {}

    def tell(self, event: Event) -> None:
        match event:
            case Planned():
                self._planned(event)
            case ActionEnded():
                self._action(event)
            case Noted():
                self.console.print(event.text, highlight=False, markup=False)

    def _planned(self, event: Planned) -> None:
        counts = {k: n for k, n in event.run.items() if k != "render"}
        self.close()
        if not counts:
            return
        columns = (
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self.progress = Progress(*columns, console=self.console, transient=True)
        self.progress.start()
        self.tasks = {k: self.progress.add_task(k, total=n) for k, n in counts.items()}
        hits = sum(event.cached.values())
        if hits:
            self.progress.add_task("cached", total=hits, completed=hits)

    def _action(self, event: ActionEnded) -> None:
        if event.outcome == "shared":
            return
        if self.progress and event.action in self.tasks:
            self.progress.advance(self.tasks[event.action])
        if event.outcome == "failed":
            text = f"[red]{event.action} failed[/red]  {event.label}"
            self.console.print(text, highlight=False)

    def close(self) -> None:
        if self.progress:
            self.progress.stop()
            self.progress = None
