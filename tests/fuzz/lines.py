"""Which lines of the feeds a file reaches: what guides the fuzzing towards files that do something new."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import producers.feeds

FEEDS: Final = str(Path(producers.feeds.__file__).parent)

Line = tuple[CodeType, int]


@contextmanager
def lines_reached(reached: set[Line]) -> Iterator[None]:
    """Note every line of the feeds that runs inside the block; it runs more slowly."""

    def of_line(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            reached.add((frame.f_code, frame.f_lineno))
        return of_line

    def of_call(frame: FrameType, _event: str, _: Any) -> Any:
        return of_line if frame.f_code.co_filename.startswith(FEEDS) else None

    before = sys.gettrace()
    sys.settrace(of_call)
    try:
        yield
    finally:
        sys.settrace(before)
