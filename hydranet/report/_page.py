"""Pages for people: a template and its content, written as one HTML file that loads nothing from elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from hydranet.charts import style_sheet
from hydranet.files import atomic_path


@dataclass(frozen=True)
class Table:
    """Rows under a header; cells that look like numbers stand to the right."""

    header: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Chart:
    """A drawing with its caption.

    Args:
        title: what it shows.
        svg: the drawing as an SVG element.
        note: what else to know of it.
    """

    title: str
    svg: str
    note: str = ""


@dataclass(frozen=True)
class Tile:
    """A small picture with what is said of it.

    Args:
        image: as a data URI; empty where there is no picture.
        name: of the picture, shown when it is pointed at.
        lines: under it.
        heat: what a head looks at, as a data URI of an image that is laid over it.
        num_pictures: side by side in `image`.
    """

    image: str
    name: str
    lines: tuple[str, ...]
    heat: str | None = None
    num_pictures: int = 1


def write_page(path: Path, template: str, **content: Any) -> Path:
    """Fill a template and write the page, whole or not at all."""
    text = render_page(template, **content)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def render_page(template: str, **content: Any) -> str:
    """Fill a template; every text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("hydranet.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(is_number=_is_number, chart_styles=style_sheet())
    return environment.get_template(template).render(**content)


def _is_number(cell: object) -> bool:
    """Tell what stands to the right: a number, with its sign and unit, or the dash in place of one."""
    return bool(re.fullmatch(r"-|[+-]?[\d,]*\.?\d+ ?%?", str(cell)))
