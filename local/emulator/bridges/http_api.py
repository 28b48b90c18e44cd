"""HTTP APIs: their address, CORS from a template, and AWS's answer to a caller who may not.

The address is a path below the emulator's: names such as `<id>.execute-api.localhost` are not
resolved by every system. A template reads it as the attribute ApiEndpoint. The id is made of the
API's name, so that the address is the same after a restart, as it is on AWS for as long as the
stack lives.
"""

import hashlib
import logging

from bridges.resource_types import wrap
from ministack import app
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, apigateway_v1

# The emulator's way to ask for an id.
ID_TAG = "ms-custom-id"

logger = logging.getLogger("bridges.http_api")


def install(settings) -> None:
    """Correct AWS::ApiGatewayV2::Api and the refusal of requests to HTTP APIs."""

    def created(original, logical_id, properties, stack):
        name = properties.get("Name") or f"{stack}/{logical_id}"
        api_id = hashlib.sha256(f"{get_account_id()}/{get_region()}/{name}".encode()).hexdigest()[:8]
        tags = properties.get("Tags") or {}
        if apigateway.find_api_scope(api_id) is None:
            tags = {ID_TAG: api_id, **tags}
        physical_id, attributes = original(
            logical_id, _with_service_casing({**properties, "Tags": tags}), stack
        )
        if ID_TAG not in (properties.get("Tags") or {}):
            apigateway._apis[physical_id]["tags"].pop(ID_TAG, None)
        return addressed(physical_id, attributes)

    def updated(original, physical_id, old, new, stack, *rest):
        return addressed(*original(
            physical_id, _with_service_casing(old), _with_service_casing(new), stack, *rest
        ))

    def addressed(physical_id, attributes):
        api = apigateway._apis[physical_id]
        if api["protocolType"] == "HTTP":
            api["apiEndpoint"] = f"{settings.endpoint}/_aws/execute-api/{physical_id}"
        return physical_id, {**attributes, "ApiEndpoint": api["apiEndpoint"]}

    wrap("AWS::ApiGatewayV2::Api", "create", created)
    wrap("AWS::ApiGatewayV2::Api", "update", updated)

    _enforce = app._enforce_execute_api

    def enforce(api_id, stage, method, path, headers, query_params, **named):
        if apigateway_v1.find_api_scope(api_id) is not None:
            return _enforce(api_id, stage, method, path, headers, query_params, **named)
        if apigateway.find_api_scope(api_id) is None:
            return apigateway._http_api_not_found()
        denied = _enforce(api_id, stage, method, path, headers, query_params, **named)
        if denied is None:
            return None
        # AWS does not say why; who runs the local stack may read it in the log.
        logger.warning("%s %s refused: %s", method, path, denied[2][:2000])
        return 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'

    app._enforce_execute_api = enforce


def _with_service_casing(properties):
    """CloudFormation writes CORS keys in PascalCase, the service reads camelCase."""
    if not properties.get("CorsConfiguration"):
        return properties
    cors = properties["CorsConfiguration"]
    return {**properties, "CorsConfiguration": {k[0].lower() + k[1:]: v for k, v in cors.items()}}
