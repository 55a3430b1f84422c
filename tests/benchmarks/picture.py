"""Draws a kept run: rows a second of each stage, of the whole line and of what stands beside it, as one SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from tests.benchmarks.report import Figure

PICTURE: Final = Path(__file__).parents[2] / "docs" / "benchmark.svg"
ROW: Final = 22
LEFT: Final = 400
LONGEST: Final = 360
WIDTH: Final = 860
OURS, BESIDE = "#2f6f9f", "#b9b9b9"
INK: Final = "#222222"
NOT_OURS: Final = ("plain pipeline", "produce", "consume", "encoding", "COPY")


def draw(figures: Iterable[Figure]) -> Path:
    """Write the picture of a run; where it stands."""
    rates = [figure for figure in figures if figure.unit == "rows/s" and "encoding" not in figure.what]
    PICTURE.write_text("\n".join(_lines(rates)) + "\n", encoding="utf-8")
    return PICTURE


def _lines(rates: Sequence[Figure]) -> Iterable[str]:
    most = max(figure.value for figure in rates)
    headings = len({figure.section for figure in rates})
    height = ROW * (len(rates) + headings + 1)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" '
        f'font-size="13" role="img" aria-label="Rows a second by stage">'
    )
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    y, section = ROW, ""
    for figure in rates:
        if figure.section != section:
            section = figure.section
            yield _text(10, y, section, weight="bold")
            y += ROW
        yield from _bar(figure, y, LONGEST * figure.value / most)
        y += ROW
    yield "</svg>"


def _bar(figure: Figure, y: int, length: float) -> Iterable[str]:
    colour = BESIDE if figure.what.startswith(NOT_OURS) else OURS
    yield _text(24, y, figure.what)
    yield f'<rect x="{LEFT}" y="{y - 12}" width="{length:.0f}" height="14" fill="{colour}"/>'
    yield _text(LEFT + round(length) + 6, y, f"{figure.value:,.0f}")


def _text(x: int, y: int, text: str, *, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" fill="{INK}" font-weight="{weight}">{escape(text)}</text>'
