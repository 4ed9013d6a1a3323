"""Progress on a terminal: one live line per kind of action, gone when the build is."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fxgbuild.plan.plan import Plan


class FancyReporter:
    def __init__(self, stream: TextIO, *, color: str = "auto") -> None:
        force = {"always": True, "never": False}.get(color)
        self.console = Console(file=stream, no_color=color == "never", force_terminal=force)
        self.progress: Progress | None = None
        self.tasks: dict[str, int] = {}

    def planned(self, plan: Plan) -> None:
        counts = {k: n for k, n in plan.counts().items() if k != "render"}
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
        hits = sum(step.cached for target in plan.targets for step in target.steps)
        self.tasks = {k: self.progress.add_task(k, total=n) for k, n in counts.items()}
        if hits:
            self.progress.add_task("cached", total=hits, completed=hits)

    def action(self, action: str, label: str, passed: bool) -> None:
        if self.progress and action in self.tasks:
            self.progress.advance(self.tasks[action])  # type: ignore[arg-type]
        if not passed:
            self.console.print(f"[red]{action} failed[/red]  {label}", highlight=False)

    def note(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False)

    def close(self) -> None:
        if self.progress:
            self.progress.stop()
            self.progress = None
