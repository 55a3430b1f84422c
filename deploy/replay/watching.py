"""Tells the person at the terminal how far a replay is: a bar with rows a second and the time left."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as TimeLeft
from rich.text import Text


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f} rows/s")


class Watching:
    """A `Watch` at a terminal; where there is none, each step is a line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def step(self, what: str) -> None:
        """A step begins."""
        if what != self._last:
            self._last = what
            self._end_bar()
            self._console.print(what)

    def progress(self, done: int, total: int) -> None:
        """So much of the topics is behind us."""
        if not self._console.is_terminal:
            return
        if self._bar is None or self._task is None:
            columns = (BarColumn(), MofNCompleteColumn(), _Rate(), TimeLeft(), TextColumn("left"))
            self._bar = Progress(*columns, console=self._console)
            self._bar.start()
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done, total=total)

    def _end_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
