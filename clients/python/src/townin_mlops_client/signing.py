"""AWS Signature Version 4 for a front door, on botocore."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

SERVICE = "execute-api"
SIGNATURE_HEADERS = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


def canonical_url(url: str) -> str:
    """The same address with its query spelt as AWS reads it before it checks a signature.

    ``requests`` writes a space as ``+`` and leaves some characters as they are, while AWS decodes
    and encodes again: a space is ``%20`` there. Repeated keys and their order stay; so does the
    path, which AWS takes as it is sent.
    """
    parts = urlsplit(url)
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    query = "&".join(f"{_encode(key)}={_encode(value)}" for key, _, value in pairs)
    return urlunsplit(parts._replace(query=query, fragment=""))


def _encode(part: str) -> str:
    return quote(unquote_to_bytes(part.replace("+", " ")), safe="-_.~")


def signature_headers(
    *,
    method: str,
    url: str,
    body: Any,
    content_type: str | None,
    credentials: ReadOnlyCredentials,
    region: str,
    at: datetime,
    service: str = SERVICE,
) -> dict[str, str]:
    """Headers that sign a request.

    Signed are the host, the date, the session token, the content type and the body: what a proxy
    on the way may change or drop, such as ``Accept-Encoding``, is not.

    Args:
        url: address as it is sent, from :func:`canonical_url`.
        body: bytes, a file that can seek, or nothing.
        at: moment of signing, in UTC.
    """
    timestamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {"X-Amz-Date": timestamp}
    if content_type:
        headers["Content-Type"] = content_type
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    request = AWSRequest(method=method, url=url, data=body or b"", headers=headers)
    request.context["timestamp"] = timestamp
    # The steps of SigV4Auth.add_auth, which would take the time from the system's clock: here it
    # may have to be corrected first.
    signer = SigV4Auth(credentials, service, region)
    to_sign = signer.string_to_sign(request, signer.canonical_request(request))
    signed = signer.signed_headers(signer.headers_to_sign(request))
    headers.pop("Content-Type", None)
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(request)}, SignedHeaders={signed}, "
        f"Signature={signer.signature(to_sign, request)}"
    )
    return headers
