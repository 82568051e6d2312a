"""How records are read: which keys and addresses their signatures are checked against.

One analyser serves all records of a log. When what it knows changes (`learn_keys`), its `revision` moves on and records
work out their verdict anew on next use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from inspector.recorder.reading import MAX_UNPACKED
from inspector.recorder.request import RecordedRequest
from inspector.settings import RETRY_WINDOW, SigningKey
from inspector.units import format_size
from inspector.webhook.elsewhere import Subscription, is_near
from inspector.webhook.signature import SIGNATURE_HEADER, TIMESTAMP_HEADER, Verification, verify
from inspector.webhook.urls import FORWARDING_HEADERS, candidate_urls

if TYPE_CHECKING:
    from inspector.webhook.contract import ContractReport
    from inspector.webhook.explanation import Explanation


class Analyser:
    """Works out signature and contract verdicts of recorded requests."""

    def __init__(
        self, keys: Iterable[SigningKey] = (), *, public_url: str | None = None, stale_after: float = RETRY_WINDOW
    ) -> None:
        self.keys = tuple(keys)
        self.public_url = public_url
        self.stale_after = stale_after
        self.revision = 0
        self.subscriptions: Callable[[], Iterable[tuple[str, ...]]] = tuple
        """URL, signing key, and event as far as it is known, of each subscription that the mock service has."""

    def learn_keys(self, keys: Iterable[SigningKey]) -> None:
        """Check against these keys too from now on, earlier records included."""
        self.keys = tuple(dict.fromkeys((*self.keys, *keys)))
        self.revision += 1

    def urls(self, request: RecordedRequest) -> tuple[str, ...]:
        """The URLs that a request may have been signed for, likeliest first."""
        host = ""
        forwarding: dict[str, str] = {}
        for name, value in request.headers:
            if name == "host":
                host = host or value
            elif name in FORWARDING_HEADERS:
                forwarding.setdefault(name, value)
        return candidate_urls(host, request.target.decode("utf-8", "surrogateescape"), forwarding, self.public_url)

    def keys_for(self, urls: Iterable[str]) -> tuple[list[SigningKey], list[SigningKey]]:
        """The keys that may have signed for one of the URLs, and those known for others.

        Where no subscription has one of the very URLs, those count as here whose URL is a mistake away.
        """
        wanted, known = set(urls), self.known_subscriptions()
        near = {one.url for one in known if one.url in wanted}
        near = near or {one.url for one in known if any(is_near(url, one.url) for url in wanted)}
        here, elsewhere = list(self.keys), list[SigningKey]()
        for one in known:
            (here if one.url in near else elsewhere).append(SigningKey(one.key, "subscription"))
        return here, elsewhere

    def known_subscriptions(self) -> list[Subscription]:
        """Those of the mock service that have a signing key."""
        return [Subscription(*found) for found in self.subscriptions()]

    def verify(self, request: RecordedRequest) -> Verification:
        """The signature's verdict, with its age on arrival; `unchecked` where not all that was signed arrived."""
        found = self._verify(request, request.body)
        reason = _uncheckable(request)
        if reason is None or (found.verdict == "missing" and not request.malformed):
            return found
        return replace(found, verdict="unchecked", key=None, url=None, reason=f"Not checked: {_clause(reason)}")

    def _verify(self, request: RecordedRequest, body: bytes) -> Verification:
        signature = request.header(SIGNATURE_HEADER)
        urls = self.urls(request) if signature is not None else ()
        return verify(
            url=urls,
            timestamp=request.header(TIMESTAMP_HEADER),
            body=body,
            signature=signature,
            signing_keys=self.keys_for(urls)[0],
            now=request.received_at,
            stale_after=self.stale_after,
            body_digest=request.digest,
        )

    def explain(self, request: RecordedRequest) -> Explanation:
        """Why the signature is what it is. Costs up to tens of milliseconds: never on the path of an answer."""
        if request.truncated or _uncheckable(request):
            return _explain_cut(request)
        from inspector.webhook.diagnosis import explain  # noqa: PLC0415 - only needed when somebody looks

        urls = self.urls(request)
        keys, elsewhere = self.keys_for(urls)
        found = explain(
            url=urls,
            timestamp=request.header(TIMESTAMP_HEADER),
            body=request.body,
            signature=request.header(SIGNATURE_HEADER),
            signing_keys=keys,
            other_keys=elsewhere,
            headers=request.headers,
            now=request.received_at,
            subscriptions=self.known_subscriptions(),
            recorded=True,
        )
        if found.cause == "unknown" and request.is_packed and self._verify(request, request.content).verdict == "valid":
            return replace(found, message=_SIGNED_UNPACKED)
        return found

    def check_contract(self, request: RecordedRequest) -> ContractReport:
        """Where the body departs from the documented contract; what is not whole is no event."""
        from inspector.webhook.contract import (  # noqa: PLC0415 - the models are heavy to import
            ContractReport,
            Finding,
            check_contract,
        )

        reason = request.malformed or _not_whole(request)
        if reason:
            return ContractReport("not_an_event", (Finding("", "format", "error", reason),))
        content = request.content
        if not request.is_packed:
            return check_contract(content)
        if content is request.body:
            return ContractReport("not_an_event", (Finding("", "format", "error", _NOT_UNPACKED),))
        report = check_contract(content)
        return replace(report, findings=(*report.findings, Finding("", "format", "note", _PACKED)))


_SIGNED_UNPACKED = (
    "The body was signed before it was compressed; sign its bytes as they are sent, or send them uncompressed."
)
_PACKED = "The body is gzip-compressed: what it unpacks to was checked, while its signature covers the bytes as sent."
_NOT_UNPACKED = (
    f"The body is gzip-compressed and cannot be unpacked: it is damaged, or larger than {format_size(MAX_UNPACKED)}."
)


def _uncheckable(request: RecordedRequest) -> str | None:
    """Why nothing can be said of a signature, if so."""
    if request.malformed:
        return request.malformed
    return _not_whole(request) if request.incomplete or (request.truncated and request.digest is None) else None


def _not_whole(request: RecordedRequest) -> str | None:
    """In what way the body is not all there, if it is not."""
    if request.incomplete:
        return f"The body broke off after {format_size(request.size)}; have it sent again."
    if request.truncated:
        kept, size = format_size(len(request.body)), format_size(request.size)
        return f"Only the first {kept} of the body's {size} were recorded; raise --max-body to keep such bodies whole."
    return None


def _explain_cut(request: RecordedRequest) -> Explanation:
    """What is known without the whole body; a cause is not."""
    from inspector.webhook.explanation import Explanation  # noqa: PLC0415 - only needed when somebody looks

    found = request.signature
    is_invalid, message = found.verdict == "invalid", found.message
    if is_invalid:
        message = f"{message.removesuffix('.')}; why is not known: {_clause(_not_whole(request) or '')}"
    return Explanation(
        verdict=found.verdict,
        message=message,
        cause="unknown" if is_invalid else None,
        key=found.key,
        url=found.url,
        received=request.header(SIGNATURE_HEADER),
    )


def _clause(sentence: str) -> str:
    """A sentence as part of another."""
    return sentence[:1].lower() + sentence[1:]
