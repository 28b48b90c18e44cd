"""A state machine may do what its role allows, and hears of Lambda's limits as on AWS.

The emulator invokes every function for every machine.
"""

import json

from bridges import executions, role_permissions
from ministack.services import lambda_svc, stepfunctions

TOO_MANY = "TooManyRequestsException"


def install(settings) -> None:
    """Ask the role before a function is invoked."""
    _call_lambda = stepfunctions._call_lambda

    def call_lambda(reference, event):
        _function, config, name = lambda_svc._get_func_record_for_ref(reference)
        if config:
            require("lambda:InvokeFunction", config["FunctionArn"], "Lambda.AWSLambdaException")
        try:
            return _call_lambda(reference, event)
        except stepfunctions._ExecutionError as error:
            if error.error == "Lambda.Unknown" and TOO_MANY in error.cause:
                raise stepfunctions._ExecutionError(f"Lambda.{TOO_MANY}", error.cause) from None
            raise

    stepfunctions._call_lambda = call_lambda


def require(action: str, resource: str, error: str) -> None:
    """Fail the state with an error when the role of the running machine does not allow an action."""
    execution = executions.current.get()
    if execution is None:
        return
    role = executions.machine_of(execution).get("roleArn", "")
    if not role_permissions.role_allows(role, action, resource):
        cause = f"User: {role} is not authorized to perform: {action} on resource: {resource}"
        raise stepfunctions._ExecutionError(error, json.dumps({"errorMessage": cause}))
