"""The Service page: the mock service as it is now, its clock, its contacts and its troubles."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from inspector.sender.retry import RetryPolicy
from inspector.units import format_duration
from inspector.web.frame import Frame
from inspector.web.masking import mask_target
from inspector.web.operations import BadRequestError, JSONResponse, field_of, only_fields, read_object
from inspector.web.rows import KINDS, WORD_LIMIT
from inspector.web.sample import HOOK_PATH
from inspector.web.send_line import curl_line
from inspector.web.send_views import local_clock
from inspector.web.service_api import PREFIX
from inspector.web.service_axis import Axis
from inspector.web.service_bodies import read_uuid
from inspector.web.service_mount import ServiceMount
from inspector.web.shell import quote
from inspector.web.templating import render, template
from inspector.webhook.times import parse_time

if TYPE_CHECKING:
    from inspector.service.state import ConversationsService

ROWS = 40
"""Conversations and deliveries that are shown, the newest."""

PLAYS = (("read", "Read"), ("join", "Join"), ("leave", "Leave"), ("close", "Close"), ("reopen", "Reopen"))
"""What can be played in a conversation beside messages: the step, and its button."""

METHODS = ("POST", "PUT", "PATCH")
"""How the buttons call."""

_EVENT, _EVENT_IN_LOOP = "conversation.EVENT", "conversation.'$event'"

NOTHING = {"conversations": 0, "subscriptions": 0, "deliveries": 0}
"""The counts of a workspace in which nothing has changed yet."""

STATE_WORDS = {
    "waiting": "waits its turn",
    "sending": "sending",
    "retrying": "will retry",
    "delivered": "accepted",
    "failed": "not accepted",
    "cancelled": "stopped",
}


class ServicePage:
    """Handlers of the page. What it shows is fetched anew, and sent only where it is not what the page has."""

    def __init__(self, mount: ServiceMount, frame: Frame) -> None:
        self._mount = mount
        self._frame = frame

    def routes(self) -> list[BaseRoute]:
        """Its addresses."""
        return [
            Route("/-/service", self.index),
            Route("/-/service/live", self.live),
            Route("/-/service/line", self.line, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """`GET /-/service`: the page; `workspace` chooses what is shown, by default the one used last."""
        chosen, problem = _chosen(request)
        shown, content = await self._look(chosen)
        origin, home = _origin(request), shown["workspace"]["id"]
        page = await self._frame.page(
            "service.html",
            "service",
            "Service",
            workspace_id=home,
            chosen=chosen or "",
            problem=problem,
            content=content,
            version=_version(content),
            base_url=origin,
            is_empty=shown["is_empty"],
            examples=examples(origin, home, has_key=shown["service"]["settings"]["has_access_key"]),
            line=curl_line("POST", f"{origin}{PREFIX}/clock", {"advance": 60}),
        )
        page.status_code = 400 if problem else 200
        return page

    async def live(self, request: Request) -> Response:
        """`GET /-/service/live?workspace=&version=`: the clock, and the content where it is no longer that version."""
        asked = request.query_params.get("workspace")
        shown, content = await self._look(read_uuid(asked, "workspace") if asked else None)
        version = _version(content)
        html = None if request.query_params.get("version") == version else content
        told = {"version": version, "workspace": shown["workspace"]["id"], "is_empty": shown["is_empty"], "html": html}
        return JSONResponse({**told, **shown["clock_words"]})

    async def line(self, request: Request) -> Response:
        """`POST /-/service/line` with `{method, path, content}`: the curl line that equals a button of the page."""
        asked = await read_object(request)
        only_fields(asked, "method", "path", "content")
        method, path = field_of(asked, "method", str, "POST"), field_of(asked, "path", str, "")
        if method not in METHODS or not path.startswith(f"{PREFIX}/"):
            raise BadRequestError(
                f"{method} {path} is none of the service's calls. Give {', '.join(METHODS)} and a path below {PREFIX}/."
            )
        return JSONResponse({"line": curl_line(method, _origin(request) + path, field_of(asked, "content", dict, {}))})

    async def _look(self, workspace_id: str | None) -> tuple[dict[str, Any], str]:
        """All that the template shows, and that as HTML without the time, which alone would make it another one.

        It is read in the event loop that delivers, between two steps of it.
        """
        calls = await asyncio.to_thread(_operations)
        from inspector.service.overview import overview  # noqa: PLC0415 - only where the service is used

        service = self._mount.service
        found = overview(service, workspace_id or _last_used(service), ROWS)
        shown = await asyncio.to_thread(_context, found)
        return shown, await asyncio.to_thread(render, "_service.html", **shown, calls=calls)


def _chosen(request: Request) -> tuple[str | None, str]:
    """The workspace that is asked for, and what is wrong with that: the page then shows another one."""
    asked = request.query_params.get("workspace")
    try:
        return (read_uuid(asked, "workspace") if asked else None), ""
    except BadRequestError as error:
        return None, f"{error.message} This is the workspace that was used last."


def _last_used(service: ConversationsService) -> str:
    """The workspace that was changed last; that of Python calls before anything was."""
    workspaces = service.workspaces
    return workspaces[-1].id if workspaces else service.workspace_id


def _context(shown: Mapping[str, Any]) -> dict[str, Any]:
    workspace, now = shown["workspace"], parse_time(shown["clock"]["now"])
    axis = Axis.of(workspace["deliveries"], RetryPolicy.parse(shown["settings"]["retry"]).waits)
    due = shown["clock"]["next_due"]
    return {
        "service": shown,
        "workspace": workspace,
        "is_empty": not (workspace["subscriptions"] or workspace["conversations"] or workspace["deliveries"]),
        "counts": next((one for one in shown["workspaces"] if one["id"] == workspace["id"]), NOTHING),
        "clock_words": {"now_text": _date(now), "due_text": _due_words(due and parse_time(due), now)},
        "ticks": axis.ticks(),
        "subscriptions": [_subscription(one) for one in workspace["subscriptions"]],
        "conversations": [{**one, "title": _title(one)} for one in workspace["conversations"]],
        "deliveries": _delivery_rows(workspace["deliveries"], axis, shown),
        "plays": PLAYS,
    }


def _subscription(one: Mapping[str, Any]) -> dict[str, Any]:
    health = one["health"]
    outcome = health["last_status"] or ("no answer" if health["last_error"] else "")
    return {
        **one,
        **_event(one["event"]),
        **_outcome(health["last_status"], outcome),
        "target": mask_target(one["url"]),
    }


def _delivery_rows(deliveries: Sequence[Mapping[str, Any]], axis: Axis, shown: Mapping[str, Any]) -> list[str]:
    names = {one["id"]: _title(one) for one in shown["workspace"]["conversations"]}
    now = parse_time(shown["clock"]["now"])
    rows = []
    for one in deliveries:
        id = one["conversation_id"]
        rows.append(_delivery_row(orjson.dumps(one), axis, names.get(id) or _nameless(id), axis.until(one, now)))
    return rows


@lru_cache(maxsize=4 * ROWS)
def _delivery_row(delivery: bytes, axis: Axis, name: str, until: float) -> str:
    """One delivery as HTML. Most stay as they are from one look to the next, and a plan has dozens of marks."""
    one = orjson.loads(delivery)
    status, fired = one["status"], parse_time(one["fired_at"])
    view = {
        **one,
        **_event(one["event"]),
        **_outcome(status, status or ("no answer" if one["attempt_count"] else "")),
        "name": name,
        "time": local_clock(fired)[:8],
        "state_word": "given up" if one["given_up"] else STATE_WORDS[one["state"]],
        "attempts": [{**attempt, "time": _after(attempt["started_at"], fired)} for attempt in one["attempts"]],
        "next": _after(one["planned_at"][0], fired) if one["planned_at"] else None,
        "target": mask_target(one["url"]),
        "address": mask_target(one["url"]).partition("://")[2],
        "calls": [{**call, "time": _after(call["at"], fired)} for call in one["calls"]],
        "track": axis.track(one),
        "until": until,
    }
    return str(template("_service_delivery.html").module.delivery_row(view))  # type: ignore[attr-defined]


def _title(conversation: Mapping[str, Any]) -> str:
    """A conversation's name, else who takes part."""
    people = ", ".join(one["name"] for one in conversation["participants"])
    return conversation["name"].strip() or people or _nameless(conversation["id"])


def _nameless(id: str) -> str:
    return f"conversation {id[:8]}…"


def _event(name: str) -> dict[str, str]:
    word = name.removeprefix("conversation.")
    return {"kind": word if word in KINDS else "other", "word": word[:WORD_LIMIT]}


def _outcome(status: int | None, word: object) -> dict[str, Any]:
    return {"outcome": word, "outcome_class": (status or 0) // 100}


def _after(time: str, fired: float) -> str:
    return f"+{format_duration(parse_time(time) - fired)}"


def _date(timestamp: float) -> str:
    time = datetime.fromtimestamp(timestamp).astimezone()
    return f"{time.day} {time:%b %Y, %H:%M:%S}"


def _due_words(due: float | None, now: float) -> str:
    return "nothing is due" if due is None else f"next due in {format_duration(max(0.0, due - now))}"


def _version(content: str) -> str:
    return sha256(content.encode("utf-8", "replace")).hexdigest()[:16]


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers['host']}"


def _operations() -> tuple[str, ...]:
    """The calls of the API by id. The first time it imports pydantic."""
    from inspector.service.table import OPERATIONS  # noqa: PLC0415 - imports pydantic

    return OPERATIONS


def examples(origin: str, workspace_id: str, *, has_key: bool) -> list[tuple[str, str, str]]:
    """What to paste into a shell first: a name, a sentence and a command each."""
    home = f"{origin}/workspaces/{workspace_id}"
    subscription = {"service": "conversations", "event": _EVENT, "url": origin + HOOK_PATH, "signingKey": "key"}
    message = {"body": {"type": "text", "text": {"text": "Hello, it's me"}}}
    key = "YOUR-ACCESS-KEY" if has_key else "any"
    return [
        (
            "Subscribe",
            "To all three events. They go to this inspector; put your own address in its place.",
            _for_each_event(_api_line(f"{home}/webhook-subscriptions", key, subscription)),
        ),
        (
            "Begin a conversation",
            "It fires created, then updated with the message, and updated for each step of it.",
            _api_line(f"{home}/conversations", key, {"name": "First try", "initialMessage": message}),
        ),
    ]


def _for_each_event(line: str) -> str:
    """A shell's loop around a command. The event stands between single quotes, which are left for the variable."""
    return f"for event in created updated deleted; do {line.replace(_EVENT, _EVENT_IN_LOOP)}; done"


def _api_line(url: str, key: str, content: Mapping[str, Any]) -> str:
    headers = [quote(f"authorization: AccessKey {key}"), quote("content-type: application/json")]
    words = ["curl -X POST", quote(url), "-H", headers[0], "-H", headers[1], "--data-raw"]
    return " ".join([*words, quote(orjson.dumps(content).decode())])
