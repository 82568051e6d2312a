"""Where the templates and static files are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from inspector.errors import ConfigError

_PACKAGE = Path(__file__).parent


def asset_folder(name: str) -> Path:
    """The folder `static` or `templates`. Raises ConfigError where the installation lacks it."""
    inside = _PACKAGE / name
    if inside.is_dir():
        return inside
    beside = _PACKAGE.parent / name
    if beside.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return beside
    raise ConfigError(f"The folder {name!r} is missing from this installation. Install conversations-inspector again.")
