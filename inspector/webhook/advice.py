"""What to say about each mistake: what happened, what to do, and code that does it right.

The order of `ADVICE` is the published order of the slugs: it breaks ties between equally few mistakes, and two slugs
are joined in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Advice(NamedTuple):
    """`what` is a clause about the wrong signature, `fix` an imperative, `hint` code or more.

    `what` has the place `{detail}`, `fix` may have `{url}` for the right URL.
    """

    what: str
    fix: str
    hint: str


_KEY_CODE = (
    "Python: signing_key.encode() · Node: createHmac('sha256', signingKey) · "
    "PHP: hash_hmac('sha256', $message, $signingKey, true) · Go: hmac.New(sha256.New, []byte(signingKey)) · "
    "Ruby: OpenSSL::HMAC.digest('SHA256', signing_key, message)"
)
_URL_CODE = (
    "Keep the registered URL in a setting and sign that text; what a framework rebuilds from the request "
    "(request.url, req.originalUrl, $_SERVER, r.URL) is another text behind a proxy."
)
_RAW_BODY_CODE = (
    "Flask: request.get_data() · Django: request.body · FastAPI: await request.body() · "
    "Express: express.raw({type: 'application/json'}) · PHP: file_get_contents('php://input') · "
    "Go: io.ReadAll(r.Body) · Rails: request.raw_post. Hash these bytes before anything parses them."
)
_DIGEST_CODE = (
    "Python: hashlib.sha256(body).digest() · Node: createHash('sha256').update(body).digest(), joined with "
    "Buffer.concat · PHP: hash('sha256', $body, true) · Go: sha256.Sum256(body) · Ruby: Digest::SHA256.digest(body)"
)
_SIGNATURE_CODE = (
    "Python: base64.b64encode(mac.digest()) · Node: hmac.digest('base64') · PHP: base64_encode($rawHmac) · "
    "Go: base64.StdEncoding.EncodeToString(mac.Sum(nil)) · Ruby: Base64.strict_encode64(mac)"
)
_MESSAGE_CODE = (
    "The signed text is timestamp, line feed, URL, line feed, and the 32 bytes of the body's SHA-256, with nothing "
    "after them. In PHP and Ruby only double-quoted strings turn \\n into a line feed."
)
_TIMESTAMP_CODE = (
    "Sign the text of the messagebird-request-timestamp header as it came, never the receiver's own clock."
)
_OTHER_SCHEME = "The older schemes of the same brand sign other texts; use code for the Conversations webhooks."

ADVICE: dict[str, Advice] = {
    "other-key": Advice(
        "it was made with {detail}", "use the signing key of this very subscription", "Each subscription has its own."
    ),
    "key-base64-decoded": Advice(
        "the key was {detail} before use",
        "use its text as it is, as UTF-8, even if it looks encoded",
        _KEY_CODE,
    ),
    "key-whitespace": Advice(
        "the key was used {detail}",
        "use exactly the subscription's key, and look at how it is read from a file or the environment",
        "Python: key.rstrip('\\n') · shell: printf %s, not echo · Kubernetes: secrets from files keep newlines.",
    ),
    "url-scheme": Advice(
        "the URL was signed with {detail}",
        "sign exactly {url} (behind a TLS proxy the app does not see its public scheme)",
        _URL_CODE,
    ),
    "url-host": Advice("the URL was signed with {detail}", "sign exactly {url}", _URL_CODE),
    "url-port": Advice("the URL was signed with {detail}", "sign exactly {url}", _URL_CODE),
    "url-trailing-slash": Advice("the URL was signed with {detail}", "sign exactly {url}", _URL_CODE),
    "url-path": Advice("what was signed is {detail}", "sign exactly {url}", _URL_CODE),
    "url-query-dropped": Advice("the URL was signed with {detail}", "sign exactly {url}", _URL_CODE),
    "url-query-order": Advice("the query was put in the order {detail}", "sign exactly {url}", _URL_CODE),
    "url-encoding": Advice("what was signed is {detail}", "sign exactly {url}, neither decoded nor encoded", _URL_CODE),
    "url-missing": Advice(
        "{detail} was signed", "put {url} between timestamp and digest, on a line of its own", _MESSAGE_CODE
    ),
    "legacy-query-scheme": Advice(
        "the legacy MessageBird scheme was used, which signs {detail} in place of the URL",
        "sign {url} instead of calling the legacy SDK",
        _OTHER_SCHEME,
    ),
    "legacy-jwt": Advice(
        "it is a token of the legacy JWT scheme", "compute the HMAC of the Conversations webhooks", _OTHER_SCHEME
    ),
    "standard-webhooks": Advice(
        "the Standard Webhooks scheme was used, which signs {detail}",
        "sign timestamp, URL and body digest instead",
        _OTHER_SCHEME,
    ),
    "body-hex-digest": Advice(
        "the body's digest was signed as {detail}", "append the digest's 32 raw bytes", _DIGEST_CODE
    ),
    "body-not-hashed": Advice(
        "{detail} was signed in place of its digest", "append the 32 raw bytes of its SHA-256", _DIGEST_CODE
    ),
    "body-reserialised": Advice(
        "the body was hashed {detail}", "hash the bytes that arrived, before they are parsed", _RAW_BODY_CODE
    ),
    "body-charset": Advice(
        "the body was {detail}", "hash the bytes that arrived, and join bytes, not text", _RAW_BODY_CODE
    ),
    "body-newline": Advice(
        "the body was hashed {detail}", "hash the bytes that arrived, with every newline as it is", _RAW_BODY_CODE
    ),
    "body-bom": Advice(
        "the body was hashed {detail}", "hash the bytes that arrived, byte-order mark and all", _RAW_BODY_CODE
    ),
    "body-empty": Advice(
        "{detail} stood in for the body",
        "hash the raw body, which something read before: keep it before it is parsed",
        _RAW_BODY_CODE,
    ),
    "signature-hex": Advice("the signature is written as {detail}", "write it in standard base64", _SIGNATURE_CODE),
    "signature-base64url": Advice(
        "the signature is written in url-safe base64", "write it in standard base64, with + and /", _SIGNATURE_CODE
    ),
    "signature-unpadded": Advice(
        "the signature lacks its padding", "write it in base64 with the = at its end", _SIGNATURE_CODE
    ),
    "separator": Advice(
        "the parts were joined with {detail}", "put one line feed between them and nothing after", _MESSAGE_CODE
    ),
    "timestamp-milliseconds": Advice(
        "the timestamp was signed in {detail}", "sign the header's text as it came", _TIMESTAMP_CODE
    ),
    "timestamp-missing": Advice(
        "{detail} was signed", "begin with the text of the messagebird-request-timestamp header", _TIMESTAMP_CODE
    ),
    "timestamp-mismatch": Advice(
        "{detail} was signed", "sign the text of the messagebird-request-timestamp header", _TIMESTAMP_CODE
    ),
    "algorithm": Advice(
        "it was computed with {detail}", "take SHA-256 for the body and HMAC-SHA256 for the message", _KEY_CODE
    ),
}
"""Every slug, in the published order."""

RANK = {slug: rank for rank, slug in enumerate(ADVICE)}


def in_order(slugs: Iterable[str]) -> tuple[str, ...]:
    """Without repeats, in the published order."""
    return tuple(sorted(set(slugs), key=RANK.__getitem__))


def sentence(faults: Sequence[tuple[str, str]], url: str, also: Sequence[tuple[str, str]] = ()) -> str:
    """One sentence for one or two mistakes, each a slug and its detail; `url` is the right one.

    `also` are others that give the same bytes, so that nobody can tell which of them it was.
    """
    whats, others = map(_what, faults), map(_what, also)
    fixes = dict.fromkeys(ADVICE[slug].fix.format(url=url) for slug, _ in faults)
    start = "The signature does not hold because" + (" of two mistakes:" if len(faults) > 1 else "")
    alternatives = "".join(f", or, which gives the same bytes, {what}" for what in others)
    return f"{start} {', and '.join(whats)}{alternatives}; {', and '.join(fixes)}."


def sentence_of_arrival(signed: str, here: str, public_url: str) -> str:
    """One sentence for a request that arrived as another URL than it was signed for.

    That is as it should be where the signed one is registered: behind a proxy that ends TLS nobody sees it.
    """
    return (
        f"The signature holds for {signed}, while this request arrived as {here}; if the former is what is registered "
        f"in the subscription, all is well with the sender: {_here(public_url)}, else sign exactly {here}."
    )


def sentence_of_subscription(owner: str, here: str, public_url: str) -> str:
    """One sentence for a request with the signature of a subscription whose URL is another; `owner` names it."""
    return (
        f"The signature is made for the URL of {owner}, while this request arrived as {here}; "
        f"if that URL leads here, all is well with the sender: {_here(public_url)}, "
        f"else register the right address in that subscription."
    )


def _here(public_url: str) -> str:
    return f"start with --public-url {public_url}, and let your app verify against that URL"


def _what(fault: tuple[str, str]) -> str:
    slug, detail = fault
    return ADVICE[slug].what.format(detail=detail)


def hints(slugs: Iterable[str]) -> str:
    """Code or longer advice, once for mistakes that share it."""
    return "\n".join(dict.fromkeys(ADVICE[slug].hint for slug in slugs))
