"""The report's own small vocabulary of HTML, and its style."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence

from desktop_app.ui.tokens import LIGHT

COLUMNS = 6  # of pictures
EDGE = 96  # of a picture, in pixels
_GAP = 6
_NAMES = 30  # per cent of a table's width


def text(value: str) -> str:
    """Whatever someone typed, as text and nothing else."""
    return html.escape(value, quote=True)


def section(heading: str, *parts: str) -> str:
    """A heading and what belongs to it."""
    return f"<h2>{text(heading)}</h2>{''.join(parts)}"


def paragraph(value: str, kind: str = "") -> str:
    return f"<p{f' class={chr(39)}{kind}{chr(39)}' if kind else ''}>{text(value)}</p>" if value else ""


def lines(rows: Iterable[Sequence[str]], heads: Sequence[str] = ()) -> str:
    """A table over thin lines; the cells are markup already. The first of several columns, of names, gets most room."""
    head = "".join(
        f"<th{f' width={chr(39)}{_NAMES}%{chr(39)}' if place == 0 else ''}>{text(head)}</th>"
        for place, head in enumerate(heads)
    )
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table class='lines' cellspacing='0'>{f'<tr>{head}</tr>' if heads else ''}{body}</table>"


def quiet(value: str) -> str:
    return f"<span class='quiet'>{text(value)}</span>"


def jpeg(data: bytes | None, width: int = 0) -> str:
    """A picture; a dash where there is none."""
    size = f" width='{width}'" if width else ""
    return f"<img alt=''{size} src='data:image/jpeg;base64,{base64.b64encode(data).decode()}'>" if data else "–"


def svg(drawing: str, alternative: str, width: int, height: int) -> str:
    """A drawing of that size."""
    drawn = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'>{drawing}</svg>"
    source = f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"
    return f"<img alt='{text(alternative)}' width='{width}' height='{height}' src='{source}'>"


def grid(cells: Sequence[str], columns: int = COLUMNS) -> str:
    """Pictures in rows that are as wide as a sheet of paper."""
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    width = COLUMNS * (EDGE + _GAP) // columns - _GAP
    body = "".join(
        f"<tr>{''.join(f'<td width={chr(39)}{width}{chr(39)}>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return f"<table class='pictures' cellspacing='{_GAP}'>{body}</table>"


STYLE = f"""
body {{ font: 13px/20px Inter, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
  "WenQuanYi Micro Hei", sans-serif; color: #{LIGHT.text}; background: #{LIGHT.surface}; margin: 0; }}
main {{ max-width: 880px; margin: 32px auto; padding: 0 24px; }}
h1 {{ font-size: 28px; line-height: 36px; margin: 4px 0 0; }}
h2 {{ font-size: 15px; line-height: 24px; margin: 28px 0 8px; }}
h3 {{ font-size: 13px; line-height: 20px; margin: 8px 0 0; }}
p {{ margin: 4px 0; }}
table {{ border-collapse: separate; }}
td, th {{ padding: 3px 8px; text-align: left; font-weight: normal; vertical-align: top; overflow-wrap: anywhere; }}
th {{ color: #{LIGHT.text_2}; }}
.doubt {{ font-size: 15px; color: #{LIGHT.text_2}; }}
.quiet {{ color: #{LIGHT.text_2}; }}
.figures td {{ background-color: #{LIGHT.band}; padding: 8px 16px; min-width: 180px; }}
.figure {{ font-size: 18px; line-height: 28px; font-weight: bold; }}
.lines td {{ border-top: 1px solid #{LIGHT.border}; }}
.lines {{ width: 100%; }}
.lines th, .lines .quiet {{ white-space: nowrap; }}
.cell {{ text-align: center; min-width: 28px; font-variant-numeric: tabular-nums; }}
.right {{ background-color: #{LIGHT.band}; color: #{LIGHT.text_2}; }}
.empty {{ color: #{LIGHT.text_2}; }}
.few {{ background-color: #{LIGHT.matrix_1}; font-weight: bold; }}
.some {{ background-color: #{LIGHT.matrix_2}; font-weight: bold; }}
.many {{ background-color: #{LIGHT.matrix_3}; color: #{LIGHT.surface}; font-weight: bold; }}
.ok {{ color: #{LIGHT.ok}; }}
.info {{ color: #{LIGHT.accent}; }}
.warn {{ color: #{LIGHT.warn}; }}
.error {{ color: #{LIGHT.error}; }}
.pictures td {{ padding: 0 0 6px; line-height: 15px; }}
.pictures img {{ vertical-align: top; }}
small {{ font-size: 11px; line-height: 15px; color: #{LIGHT.text_2}; }}
@media print {{ main {{ margin: 0; max-width: none; }} h2, h3 {{ break-after: avoid; }} tr {{ break-inside: avoid; }} }}
"""
