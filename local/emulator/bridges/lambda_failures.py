"""Failures of functions look as on AWS.

- `errorType` is the class of the error that was thrown, not always `Runtime.HandlerError`;
- behind an HTTP API a crash is 500 with a fixed text, so that its message does not leak;
- a dead-letter queue set in a template is kept.
"""

import re

from bridges.resource_types import HANDLERS, wrap
from ministack.services import lambda_svc


def install(settings) -> None:
    """Correct the results of invocations and the records of functions."""
    _execute_warm = lambda_svc._execute_function_warm

    def execute_warm(function, event, request_id, *rest, **named):
        return _with_error_type(_execute_warm(function, event, request_id, *rest, **named))

    lambda_svc._execute_function_warm = execute_warm

    _to_proxy_response = lambda_svc.lambda_execute_result_to_api_proxy_response

    def to_proxy_response(result):
        if result.get("error") and not result.get("throttle"):
            return _answer(500, "Internal Server Error"), None
        if result.get("throttle"):
            return _answer(503, "Service Unavailable"), None
        return _to_proxy_response(result)

    lambda_svc.lambda_execute_result_to_api_proxy_response = to_proxy_response

    for operation in ("create", "update"):
        wrap("AWS::Lambda::Function", operation, _keep_dead_letter_queue)


def _answer(status: int, message: str) -> dict:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json"},
        "body": f'{{"message":"{message}"}}',
    }


def _with_error_type(result):
    body = result.get("body")
    if not result.get("error") or not isinstance(body, dict):
        return result
    if body.get("errorType") != "Runtime.HandlerError":
        return result
    message = str(body.get("errorMessage", "")).split("\n")[0]
    thrown = re.findall(
        r"^([A-Za-z_$][\w$.]*): " + re.escape(message), str(result.get("log") or ""), re.MULTILINE
    )
    if thrown:
        body["errorType"] = thrown[-1]
    return result


def _keep_dead_letter_queue(original, *arguments, **named):
    physical_id, attributes = original(*arguments, **named)
    # create(logical_id, properties, …) and update(physical_id, old, new, …)
    properties = arguments[2] if isinstance(arguments[2], dict) else arguments[1]
    function = lambda_svc._functions.get(physical_id)
    if function and properties.get("DeadLetterConfig"):
        function["config"]["DeadLetterConfig"] = properties["DeadLetterConfig"]
    return physical_id, attributes
