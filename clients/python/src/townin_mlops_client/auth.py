"""The ``requests`` auth that signs every attempt of a request to the front door."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict

from townin_mlops_client.identity import Identity, SigningError
from townin_mlops_client.refusals import explain
from townin_mlops_client.signing import SIGNATURE_HEADERS, canonical_url, signature_headers

# The limit of API Gateway for a request.
MAX_BODY_BYTES = 10 * 1024 * 1024

# AWS takes a signature for 5 minutes; a clock that is off by less than this does no harm.
_TOLERATED_SKEW = timedelta(minutes=4)


class FrontDoorAuth(AuthBase):
    """Signs requests with SigV4 for API Gateway. Safe to share between threads.

    - Each attempt is signed anew, those that urllib3 repeats by itself included: MLflow's client
      may go on for longer than the 5 minutes for which a signature is good.
    - When the front door's clock and this one differ, the request is signed once more by the
      front door's.
    - A refusal says why, in MLflow's error shape.
    """

    def __init__(
        self, identity: Identity | None = None, clock: Callable[[], datetime] | None = None
    ) -> None:
        """
        Args:
            identity: who signs; by default botocore's usual chain of credentials.
            clock: the time in UTC; by default the system's.
        """
        self._identity = identity or Identity()
        self._clock = clock or (lambda: datetime.now(timezone.utc))
        self._skew = timedelta()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url = canonical_url(request.url)
        _require_safe_transport(request.url)
        _make_body_repeatable(request)
        self._sign(request)
        request.register_hook("response", self._on_response)
        return request

    def _sign(self, request: requests.PreparedRequest) -> None:
        region = self._identity.region_for(urlsplit(request.url).hostname or "")
        last: tuple[str, dict[str, str]] = ("", {})
        start = request.body.tell() if _can_seek(request.body) else None

        def sign() -> dict[str, str]:
            nonlocal last
            at = self._clock() + self._skew
            second = at.strftime("%Y%m%dT%H%M%SZ")
            if last[0] != second:
                if start is not None:
                    # An attempt before this one has read the file to its end.
                    request.body.seek(start)
                headers = signature_headers(
                    method=request.method,
                    url=request.url,
                    body=request.body,
                    content_type=request.headers.get("Content-Type"),
                    credentials=self._identity.credentials(),
                    region=region,
                    at=at,
                )
                last = (second, headers)
            return last[1]

        unsigned = _without_signature(request.headers)
        unsigned.update(sign())
        request.headers = _FreshlySignedHeaders(unsigned, sign)

    def _on_response(
        self, response: requests.Response, **send_options: Any
    ) -> requests.Response | None:
        request = response.request
        if response.is_redirect:
            # A signature is for one address: what follows elsewhere must not carry it.
            request.headers = _without_signature(request.headers)
            return None
        if response.status_code not in (401, 403) or "Authorization" not in request.headers:
            return None
        if not response.history and self._correct_clock(response):
            response = self._send_again(response, send_options)
        explain(
            response,
            access_key=self._identity.credentials().access_key,
            region=self._identity.region_for(urlsplit(request.url).hostname or ""),
        )
        return response

    def _correct_clock(self, response: requests.Response) -> bool:
        """Takes over the front door's time; says whether it was far from the one signed with."""
        try:
            theirs = parsedate_to_datetime(response.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return False
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=timezone.utc)
        ours = self._clock()
        if abs(theirs - (ours + self._skew)) <= _TOLERATED_SKEW:
            return False
        self._skew = theirs - ours
        return True

    def _send_again(
        self, response: requests.Response, send_options: dict[str, Any]
    ) -> requests.Response:
        # The connection goes back to the pool only when the answer was read.
        _ = response.content
        response.close()
        request = response.request.copy()
        if request._body_position is not None and hasattr(request.body, "seek"):
            request.body.seek(request._body_position)
        self._sign(request)
        repeated = response.connection.send(request, **send_options)
        repeated.history.append(response)
        repeated.request = request
        return repeated


class _FreshlySignedHeaders(CaseInsensitiveDict):
    """Headers that are signed again whenever they are copied.

    urllib3 copies the headers of a request for each of its attempts, and repeats attempts where
    ``requests`` and its auth never hear of it. (Through a proxy with CONNECT it does not copy:
    there the first signature is used for all.)
    """

    def __init__(self, headers: Any, sign: Callable[[], dict[str, str]]) -> None:
        super().__init__(headers)
        self._sign_again = sign

    def copy(self) -> _FreshlySignedHeaders:
        fresh = _FreshlySignedHeaders(_without_signature(self), self._sign_again)
        fresh.update(self._sign_again())
        return fresh


def _without_signature(headers: Any) -> CaseInsensitiveDict:
    plain = CaseInsensitiveDict(headers.items())
    for name in SIGNATURE_HEADERS:
        plain.pop(name, None)
    return plain


def _require_safe_transport(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return
    try:
        if ipaddress.ip_address(host).is_loopback:
            return
    except ValueError:
        pass
    raise SigningError(
        f"{parts.scheme}://{host} is not encrypted: whoever listens could use the signed request. "
        "Use https; plain http is for the local stack on 127.0.0.1 only."
    )


def _make_body_repeatable(request: requests.PreparedRequest) -> None:
    """A body must be read once to be signed and once more to be sent: keeps it if it cannot be."""
    body = request.body
    if isinstance(body, str):
        request.body = body.encode("utf-8")
    elif body is not None and not isinstance(body, (bytes, bytearray)) and not _can_seek(body):
        request.body = _read_all(body)
        request.headers.pop("Transfer-Encoding", None)
        request.prepare_content_length(request.body)


def _can_seek(body: Any) -> bool:
    try:
        return hasattr(body, "read") and hasattr(body, "seek") and body.tell() >= 0
    except (AttributeError, OSError):
        return False


def _read_all(body: Any) -> bytes:
    pieces = iter(lambda: body.read(65536), b"") if hasattr(body, "read") else body
    content = bytearray()
    for piece in pieces:
        if not piece:
            break
        content += piece.encode("utf-8") if isinstance(piece, str) else piece
        if len(content) > MAX_BODY_BYTES:
            raise SigningError(
                f"The body is larger than {MAX_BODY_BYTES} bytes, which the front door takes at "
                "most. Artifacts go straight to the bucket: log them with the MLflow client."
            )
    return bytes(content)
