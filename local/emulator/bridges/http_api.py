"""HTTP APIs: their address, CORS from a template, and AWS's answer to a caller who may not.

The address is a path below the emulator's: names such as `<id>.execute-api.localhost` are not
resolved by every system. A template reads it as the attribute ApiEndpoint.
"""

import logging

from bridges.resource_types import wrap
from ministack import app
from ministack.services import apigateway

logger = logging.getLogger("bridges.http_api")


def install(settings) -> None:
    """Correct AWS::ApiGatewayV2::Api and the refusal of requests to HTTP APIs."""

    def corrected(original, *arguments, **named):
        physical_id, attributes = original(*map(_with_service_casing, arguments), **named)
        api = apigateway._apis[physical_id]
        if api["protocolType"] == "HTTP":
            api["apiEndpoint"] = f"{settings.endpoint}/_aws/execute-api/{physical_id}"
        return physical_id, {**attributes, "ApiEndpoint": api["apiEndpoint"]}

    wrap("AWS::ApiGatewayV2::Api", "create", corrected)
    wrap("AWS::ApiGatewayV2::Api", "update", corrected)

    _enforce = app._enforce_execute_api

    def enforce(api_id, stage, method, path, headers, query_params, **named):
        denied = _enforce(api_id, stage, method, path, headers, query_params, **named)
        if denied is None or apigateway.find_api_scope(api_id) is None:
            return denied
        logger.warning("%s %s refused: %s", method, path, denied[2][:2000])
        return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'

    app._enforce_execute_api = enforce


def _with_service_casing(argument):
    """CloudFormation writes CORS keys in PascalCase, the service reads camelCase."""
    if not isinstance(argument, dict) or not argument.get("CorsConfiguration"):
        return argument
    cors = argument["CorsConfiguration"]
    return {**argument, "CorsConfiguration": {k[0].lower() + k[1:]: v for k, v in cors.items()}}
