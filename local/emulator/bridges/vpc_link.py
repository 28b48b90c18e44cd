"""A VPC link leads to the local MLflow.

`AWS::ApiGatewayV2::VpcLink` is recorded, and an HTTP_PROXY integration that uses one passes the
request on as it was sent: the path and the query byte for byte (order, repeated keys, encoded
slashes), the body as it is (binary, compressed), 10 MB and 30 seconds as on AWS. With the parameter
mapping `overwrite:path` the path is the mapped one, in which variables may stand between fixed text,
such as `/$request.path.proxy`; the query stays.
"""

import asyncio
import contextvars
import http.client
import logging
import re
from urllib.parse import quote, unquote

from bridges.resource_types import add, new_id
from ministack import app
from ministack.services import apigateway, servicediscovery

MAXIMUM_BODY = 10 * 1024 * 1024
TIMEOUT_SECONDS = 30
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade", "content-length", "expect",
}

logger = logging.getLogger("bridges.vpc_link")
# `$request.path.proxy` within a text
VARIABLE_IN_TEXT = re.compile(r"\$(?:request\.(?:path|header|querystring)|context|stageVariables)\.[\w.-]+")
# What may stand in a path as it is
PATH_SAFE = "/:@!$&'()*+,;=~"
# (path, query) as the client sent them; the emulator hands only decoded ones to integrations
_sent: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar("sent", default=None)
_stage: contextvars.ContextVar[str] = contextvars.ContextVar("stage", default="$default")


def install(settings) -> None:
    """Add the type and route private integrations."""
    add("AWS::ApiGatewayV2::VpcLink", _create_link, _update_link)
    _remember_raw_request()
    _map_variables_within_text()

    _invoke_http_proxy = apigateway._invoke_http_proxy

    async def invoke_http_proxy(integration, path, method, headers, body, query_params):
        if integration.get("connectionType") != "VPC_LINK":
            return await _invoke_http_proxy(integration, path, method, headers, body, query_params)
        if not _names_service(integration.get("integrationUri", "")):
            logger.error("No Cloud Map service %s", integration.get("integrationUri"))
            return _message(503, "Service Unavailable")
        if len(body or b"") > MAXIMUM_BODY:
            return _message(413, "Request Entity Too Large")
        seconds = min(int(integration.get("timeoutInMillis") or 30000) / 1000, TIMEOUT_SECONDS)
        call = asyncio.to_thread(
            _forward, settings.mlflow_port, method, _target(integration, path), headers, body, seconds
        )
        try:
            # The socket's timeout is for one read; this one is for the whole call.
            return await asyncio.wait_for(call, seconds + 0.5)
        except asyncio.TimeoutError:
            return _message(503, "Service Unavailable")

    apigateway._invoke_http_proxy = invoke_http_proxy


def _create_link(logical_id, properties, stack):
    physical_id = new_id("vl")[:8]
    return physical_id, {"VpcLinkId": physical_id}


def _update_link(physical_id, old, new, stack, logical_id=None):
    return physical_id, {"VpcLinkId": physical_id}


def _remember_raw_request() -> None:
    _handle = app._handle_execute_api_request

    async def handle(host, path, method, headers, body, query_params,
                     raw_path=None, raw_query_string=None):
        _sent.set((raw_path or path, raw_query_string or ""))
        return await _handle(host, path, method, headers, body, query_params,
                             raw_path=raw_path, raw_query_string=raw_query_string)

    app._handle_execute_api_request = handle

    _execute = apigateway.handle_execute

    async def execute(api_id, stage, *arguments, **named):
        _stage.set(stage)
        return await _execute(api_id, stage, *arguments, **named)

    apigateway.handle_execute = execute


def _map_variables_within_text() -> None:
    _resolve = apigateway._resolve_mapping_value

    def resolve(value, **sources):
        text = str(value)
        if "${" in text or VARIABLE_IN_TEXT.fullmatch(text):
            return _resolve(value, **sources)
        return VARIABLE_IN_TEXT.sub(lambda match: _resolve(match.group(), **sources) or "", text)

    apigateway._resolve_mapping_value = resolve


def _names_service(uri: str) -> bool:
    return uri.rsplit("/", 1)[-1] in servicediscovery._services


def _target(integration, path: str) -> str:
    """Path and query for the service: what was sent, without the API's and the stage's part."""
    raw, query = _sent.get() or (path, "")
    if "overwrite:path" in (integration.get("requestParameters") or {}):
        mapped = quote(path, safe=PATH_SAFE)
        return f"{mapped}?{query}" if query else mapped
    raw = re.sub(r"^/_aws/execute-api/[^/]+", "", raw)
    first = raw.split("/", 2)[1] if raw.startswith("/") else ""
    if unquote(first) == _stage.get():
        raw = raw[1 + len(first):]
    raw = raw or "/"
    return f"{raw}?{query}" if query else raw


def _forward(port: int, method: str, target: str, headers, body: bytes, seconds: float):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                connection.putheader(name, value.encode("utf-8"))
        connection.putheader("via", "HTTP/1.1 AmazonAPIGateway")
        if body or method in ("POST", "PUT", "PATCH"):
            connection.putheader("content-length", str(len(body or b"")))
        connection.endheaders(body or None)
        response = connection.getresponse()
        answer = response.read(MAXIMUM_BODY + 1)
        if len(answer) > MAXIMUM_BODY:
            return _message(500, "Internal Server Error")
        return response.status, _response_headers(response, method), answer
    except TimeoutError:
        return _message(503, "Service Unavailable")
    except (OSError, http.client.HTTPException) as error:
        logger.warning("%s %s: %s", method, target, error)
        return _message(503, "Service Unavailable")
    finally:
        connection.close()


def _response_headers(response, method: str) -> dict:
    headers: dict[str, str | list[str]] = {}
    for name, value in response.getheaders():
        lower = name.lower()
        if lower in HOP_BY_HOP and not (lower == "content-length" and method == "HEAD"):
            continue
        if lower in headers:
            earlier = headers[lower]
            headers[lower] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            headers[lower] = value
    return headers


def _message(status: int, text: str):
    return status, {"Content-Type": "application/json"}, f'{{"message":"{text}"}}'.encode()
