"""The templates: compiled once, escaped by default."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.responses import Response

from inspector.assets import asset_folder
from inspector.units import format_duration, format_size


class HtmlResponse(Response):
    """A page or a part of one, never cached: the log changes under it."""

    media_type = "text/html"

    def __init__(self, content: str, status_code: int = 200) -> None:
        # Captured text may hold what UTF-8 cannot say; a page with a question mark is better than none.
        super().__init__(content.encode("utf-8", "replace"), status_code, {"cache-control": "no-store"})


@cache
def environment() -> Environment:
    """The one Jinja environment of the process."""
    found = Environment(
        loader=FileSystemLoader(asset_folder("templates")),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(size=format_size, duration=format_duration)
    return found


@cache
def template(name: str) -> Template:
    """A compiled template; the name of a partial begins with `_`."""
    return environment().get_template(name)


def render(name: str, **context: Any) -> str:
    """A template as text."""
    return template(name).render(context)
