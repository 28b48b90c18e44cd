"""An HTTP API writes the access log of its stage and reports to CloudWatch, as on AWS."""

import logging
import re
import time
from datetime import datetime, timezone

from bridges import log_lines
from ministack import app
from ministack.core.responses import new_uuid, request_scope
from ministack.services import apigateway, cloudwatch

STREAM = "front-door"

logger = logging.getLogger("bridges.front_door_records")


def install(settings) -> None:
    """Record every request that reaches an HTTP API, refused ones too."""
    _handle = app._handle_execute_api_request

    async def handle(host, path, method, headers, body, query_params, **raw):
        started = time.monotonic()
        response = await _handle(host, path, method, headers, body, query_params, **raw)
        parsed = app._parse_execute_api_url(host, path)
        scope = apigateway.find_api_scope(parsed[0]) if parsed and response else None
        if scope:
            milliseconds = round((time.monotonic() - started) * 1000)
            try:
                with request_scope(*scope):
                    _record(parsed, method, headers, response, milliseconds)
            except Exception:
                logger.exception("access log")
        return response

    app._handle_execute_api_request = handle


def _record(parsed, method, headers, response, milliseconds: int) -> None:
    api_id, tentative_stage, rest = parsed
    stage, path = app._resolve_stage_and_path(api_id, tentative_stage, rest)
    status, _headers, body = response
    for name, value, unit in (
        ("Count", 1, "Count"),
        ("4xx", int(400 <= status < 500), "Count"),
        ("5xx", int(status >= 500), "Count"),
        ("Latency", milliseconds, "Milliseconds"),
    ):
        cloudwatch.record_metric("AWS/ApiGateway", name, value, unit, {"ApiId": api_id})
    settings = (apigateway._stages.get(api_id) or {}).get(stage, {}).get("accessLogSettings")
    if settings and settings.get("format"):
        route = apigateway._match_route(api_id, method, "/" + path.lstrip("/")) or {}
        log_lines.write(settings["destinationArn"], STREAM, _line(settings["format"], {
            "requestId": new_uuid(),
            "requestTime": datetime.now(timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "identity.sourceIp": "127.0.0.1",
            "identity.userArn": _caller(headers),
            "identity.userAgent": headers.get("user-agent", "-"),
            "httpMethod": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "routeKey": route.get("routeKey", "-"),
            "stage": stage,
            "status": status,
            "responseLength": len(body) if isinstance(body, bytes) else "-",
            "responseLatency": milliseconds,
        }))


def _line(template: str, context) -> str:
    """The format with its variables filled in; what is not known is `-`, as on AWS."""
    return re.sub(
        r"\$context\.([A-Za-z.]+[A-Za-z])",
        lambda match: str(context.get(match[1], "-")).replace("\\", "\\\\").replace('"', '\\"'),
        template,
    )


def _caller(headers) -> str:
    identity = apigateway._iam_caller_identity_v2(headers, {}) or {}
    return identity.get("userArn") or "-"

