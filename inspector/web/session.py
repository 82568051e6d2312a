"""A recorded session as a scenario: the same bodies at the same paths, with the same headers, ids and pauses.

What a scenario cannot say stands in it as a comment; nothing is left out silently.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from inspector.recorder.replay import HOP_BY_HOP
from inspector.recorder.request import REPLAY_HEADER, RecordedRequest, decode
from inspector.sender.request import at_origin
from inspector.web.copy_as import shown_headers
from inspector.web.masking import MASK, mask_target
from inspector.webhook.signature import REQUEST_ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER

HEAD = """\
# A recorded session. Host, length and the headers of one connection are those of the new requests; signature and
# timestamp are made anew where a key is given: inspector scenario run FILE --to URL --signing-key KEY
# Request ids are the recorded ones, so that an app takes these for redeliveries: without request_id they are new ones.
# A request without id, content-type or user-agent gets one.
version: 1
name: Recorded session
"""

_MADE_ANEW = HOP_BY_HOP | {"host", "content-length", SIGNATURE_HEADER, TIMESTAMP_HEADER, REPLAY_HEADER}

Step = dict[str, Any]


def write_scenario(requests: Iterable[RecordedRequest], *, secrets: bool = False) -> Iterator[bytes]:
    """A scenario in YAML; target and key are given when it runs."""
    yield HEAD.encode()
    yield b"steps:\n"
    count = 0
    earlier: float | None = None
    for number, request in enumerate(requests, 1):
        pause = 0.0 if earlier is None else max(0.0, request.received_at - earlier)
        step, remarks = _step(request, f"step-{number}", pause, secrets)
        why = _why_not(request, step)
        if why:
            yield _comment(f"step-{number} is left out: {why}.")
            continue
        earlier = request.received_at
        count += 1
        yield b"".join(_comment(f"step-{number}: {remark}.") for remark in remarks) + _yaml([step])
    if not count:
        yield b"  []\n"


def _why_not(request: RecordedRequest, step: Step) -> str | None:
    from pydantic import ValidationError  # noqa: PLC0415 - for this format alone

    from inspector.sender.scenario import Step as ScenarioStep  # noqa: PLC0415

    if request.malformed:
        return "it is no HTTP"
    if request.method != "POST":
        return f"a scenario sends POST alone, this was {request.method}"
    if request.truncated or request.incomplete:
        return "its body was not recorded whole"
    try:
        ScenarioStep.model_validate(step)
    except ValidationError as error:
        return f"its {error.errors()[0]['loc'][-1]} cannot be written in a scenario"
    return None


def _step(request: RecordedRequest, name: str, pause: float, secrets: bool) -> tuple[Step, list[str]]:
    """The step that sends a request again, and what is to be said about it."""
    remarks: list[str] = []
    send: Step = _body(request)
    headers = _headers(request, secrets, remarks)
    if request_id := headers.pop(REQUEST_ID_HEADER, None):
        send["request_id"] = request_id
    if headers:
        send["headers"] = headers
    return {
        "name": name,
        "after": f"{pause * 1000:.0f}ms",
        "path": _path(request, secrets, remarks),
        "send": send,
    }, remarks


def _body(request: RecordedRequest) -> Step:
    text = request.text
    # A reference in what was recorded is text, and would not stay it.
    if text is None or "${" in text:
        return {"body_base64": base64.b64encode(request.body).decode()}
    return {"body": text}


def _headers(request: RecordedRequest, secrets: bool, remarks: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in shown_headers(request, secrets=secrets):
        if name.lower() in _MADE_ANEW:
            continue
        if MASK in value:
            remarks.append(f"{name} is masked and left out; export with --keep-secrets to have it")
        elif "${" in value:
            remarks.append(f"{name} holds what would be a reference, and is left out")
        elif name in headers:
            remarks.append(f"{name} came again, as {value!r}; a scenario holds one of each name")
        else:
            headers[name] = value
    return headers


def _path(request: RecordedRequest, secrets: bool, remarks: list[str]) -> str:
    path = at_origin("", decode(request.target))
    masked = path if secrets else mask_target(path)
    if masked == path:
        return path
    remarks.append("a secret in the query is replaced by 'masked'; export with --keep-secrets to have it")
    return masked.replace(MASK, "masked")


def _comment(text: str) -> bytes:
    shown = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
    return f"# {shown}\n".encode()


def _yaml(content: Any) -> bytes:
    import yaml  # noqa: PLC0415 - for this format alone

    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10**6).encode()
