"""The templates: compiled once, escaped by default."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from starlette.responses import Response

from inspector.assets import asset_folder
from inspector.units import format_duration, format_size

_IMPORT = re.compile(r'^(?:import|export) (?:[^"]* from )?"\./([^"]+)"', re.MULTILINE)


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
    found.filters.update(size=format_size, duration=format_duration, segment=path_segment)
    found.globals["modules_of"] = modules_of
    return found


def path_segment(text: str) -> str:
    """A text as one segment of a path, slashes and all."""
    return quote(text, safe="", errors="replace")


@cache
def modules_of(script: str) -> tuple[str, ...]:
    """A module and all that it imports, near or far, so that the browser asks for them at once."""
    found, waiting = {script}, [script]
    while waiting:
        text = (asset_folder("static") / "js" / waiting.pop()).read_text(encoding="utf-8")
        waiting += (new := set(_IMPORT.findall(text)) - found)
        found |= new
    return tuple(sorted(found))


@cache
def template(name: str) -> Template:
    """A compiled template; the name of a partial begins with `_`."""
    return environment().get_template(name)


def render(name: str, **context: Any) -> str:
    """A template as text."""
    return template(name).render(context)
