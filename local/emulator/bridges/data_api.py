"""RDS Data API calls go to the project's own endpoint, which behaves as AWS's does.

The emulator checks `rds-data:*` on the cluster. Added here is the second check that AWS makes, with
the caller's own permissions: `secretsmanager:GetSecretValue` on the secret. Then the body travels
unchanged, with the secret's user name and password as headers.
"""

import asyncio
import http.client
import json
from urllib.parse import quote

from ministack import app
from ministack.core.responses import new_uuid
from ministack.services import rds_data, secretsmanager

TIMEOUT_SECONDS = 180


def install(settings) -> None:
    """Replace the emulator's own execution of SQL."""

    async def handle_request(method, path, headers, body, query_params):
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            return rds_data._error("BadRequestException", "The request body is not JSON.")
        refused = _refusal(request, headers, query_params)
        if refused:
            return refused
        user, password, error = rds_data._require_secret_credentials(request["secretArn"])
        if error:
            return error
        return await asyncio.to_thread(
            _forward, settings.data_api_port, path, body, user or "", password
        )

    rds_data.handle_request = handle_request


def _refusal(request, headers, query_params):
    """The answer to a call that must not reach the database, or None."""
    if not isinstance(request, dict) or not isinstance(request.get("resourceArn"), str):
        return rds_data._error("BadRequestException", "resourceArn is required.")
    if not isinstance(request.get("secretArn"), str):
        return rds_data._error("BadRequestException", "secretArn is required.")
    resource = request["resourceArn"]
    instance, engine, cluster = rds_data._resolve_target(resource)
    disabled = rds_data._validate_http_endpoint_enabled(cluster, resource)
    if disabled:
        return disabled
    if not instance:
        return rds_data._cluster_resolution_error(resource, engine)
    _name, secret = secretsmanager._resolve(request["secretArn"], use_arn_scope=True)
    secret_arn = secret["ARN"] if secret else request["secretArn"]
    return app._enforce_data_plane(
        "rds-data", "secretsmanager:GetSecretValue", headers, query_params, new_uuid(),
        resource_arn=secret_arn, named_resource=secret_arn,
    )


def _forward(port: int, path: str, body: bytes, user: str, password: str):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", path, body, {
            "content-type": "application/json",
            "x-database-username": quote(user, safe=""),
            "x-database-password": quote(password, safe=""),
        })
        response = connection.getresponse()
        answer = {"Content-Type": "application/json", "x-amzn-requestid": new_uuid()}
        if response.getheader("x-amzn-errortype"):
            answer["x-amzn-errortype"] = response.getheader("x-amzn-errortype")
        return response.status, answer, response.read()
    except OSError as error:
        return rds_data._transient_database_error(
            f"The local Data API endpoint on port {port} does not answer: {error}"
        )
    finally:
        connection.close()
