"""What a policy may ask about a request and the emulator does not tell.

- `cloudwatch:namespace` of PutMetricData, by which a job may publish in its own namespace only;
- the role that iam:CreateServiceLinkedRole makes, and `iam:AWSServiceName`.
"""

import json
from urllib.parse import parse_qs

from ministack.core import iam_actions

# Role names do not follow from the service's name.
SERVICE_LINKED_ROLES = {"ecs.amazonaws.com": "AWSServiceRoleForECS"}


def install(settings) -> None:
    """Complete the resource and the condition keys before policies are evaluated."""
    _tag_context = iam_actions.request_tag_context

    def request_context(service, action, body, parameters):
        context = _tag_context(service, action, body, parameters)
        if action == "cloudwatch:PutMetricData":
            return {**context, "cloudwatch:namespace": _parameter("Namespace", body, parameters)}
        if action == "iam:CreateServiceLinkedRole":
            service_name = _parameter("AWSServiceName", body, parameters)
            return {**context, "iam:AWSServiceName": service_name}
        return context

    _resource_arn = iam_actions.extract_resource_arn

    def resource_arn(service, method, path, headers, body, parameters, region, account):
        service_name = _parameter("AWSServiceName", body, parameters) if service == "iam" else ""
        if service_name:
            role = SERVICE_LINKED_ROLES.get(service_name, "AWSServiceRole")
            return f"arn:aws:iam::{account}:role/aws-service-role/{service_name}/{role}"
        return _resource_arn(service, method, path, headers, body, parameters, region, account)

    iam_actions.request_tag_context = request_context
    iam_actions.extract_resource_arn = resource_arn


def _parameter(name: str, body: bytes, parameters) -> str:
    """A request parameter of the JSON or the query protocol, or an empty text."""
    value = parameters.get(name)
    if value is not None:
        return value[0] if isinstance(value, list) else value
    if body[:1] == b"{":
        try:
            value = json.loads(body).get(name)
        except ValueError:
            return ""
        return value if isinstance(value, str) else ""
    return parse_qs(body.decode("utf-8", "replace")).get(name, [""])[0]
