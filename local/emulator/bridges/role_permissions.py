"""Whether policies allow what AWS would check, for calls that the emulator makes without asking."""

from ministack.core import iam_evaluator
from ministack.core.responses import get_region
from ministack.services import lambda_svc


def role_allows(role_arn: str, action: str, resource: str) -> bool:
    """Whether a role's own policies allow an action on a resource."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/service",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    return iam_evaluator.evaluate(context, policies).decision == "Allow"


def function_allows(function_arn: str, service: str, source_arn: str) -> bool:
    """Whether a function's own policy lets a service invoke it, on behalf of a topic or a rule."""
    found = lambda_svc.function_policy_for_arn(function_arn)
    if found is None:
        return False
    account = source_arn.split(":")[4]
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    return iam_evaluator.evaluate_resource_policy(found[0], context, service=service).decision == "Allow"
