"""How records are read: which keys and addresses their signatures are checked against.

One analyser serves all records of a log. When what it knows changes (`learn_keys`), its `revision` moves on and records
work out their verdict anew on next use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from inspector.recorder.request import RecordedRequest
from inspector.settings import RETRY_WINDOW, SigningKey
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
        self.subscriptions: Callable[[], Iterable[tuple[str, str]]] = tuple
        """URL and signing key of each subscription that the mock service has."""

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
        """The keys that may have signed for one of the URLs, and those known for others."""
        wanted = set(urls)
        here = list(self.keys)
        elsewhere: list[SigningKey] = []
        for url, key in self.subscriptions():
            (here if url in wanted else elsewhere).append(SigningKey(key, "subscription"))
        return here, elsewhere

    def verify(self, request: RecordedRequest) -> Verification:
        """The signature's verdict, with its age on arrival."""
        signature = request.header(SIGNATURE_HEADER)
        urls = self.urls(request) if signature is not None else ()
        return verify(
            url=urls,
            timestamp=request.header(TIMESTAMP_HEADER),
            body=request.body,
            signature=signature,
            signing_keys=self.keys_for(urls)[0],
            now=request.received_at,
            stale_after=self.stale_after,
        )

    def explain(self, request: RecordedRequest) -> Explanation:
        """Why the signature is what it is. Costs up to tens of milliseconds: never on the path of an answer."""
        from inspector.webhook.diagnosis import explain  # noqa: PLC0415 - only needed when somebody looks

        urls = self.urls(request)
        keys, elsewhere = self.keys_for(urls)
        return explain(
            url=urls,
            timestamp=request.header(TIMESTAMP_HEADER),
            body=request.body,
            signature=request.header(SIGNATURE_HEADER),
            signing_keys=keys,
            other_keys=elsewhere,
            headers=request.headers,
            now=request.received_at,
        )

    def check_contract(self, request: RecordedRequest) -> ContractReport:
        """Where the body departs from the documented contract."""
        from inspector.webhook.contract import check_contract  # noqa: PLC0415 - the models are heavy to import

        return check_contract(request.body)
