"""A topic and a rule invoke functions as on AWS: asynchronously, and only when these allow it.

- A function that fails is tried again, and its event ends in its on-failure destination.
- What cannot be handed over (the function is gone, or its policy does not name the topic or rule)
  ends in the dead-letter queue of the subscription or the target.

The emulator calls the function once, whoever asks, and forgets what failed.
"""

import json
import logging
from contextvars import ContextVar

from bridges import role_permissions, waiting_messages
from ministack.services import eventbridge, lambda_svc, sns

logger = logging.getLogger("bridges.asynchronous_targets")

# The rule and the target that an event is being delivered for.
_delivery: ContextVar = ContextVar("delivery", default=None)


def install(settings) -> None:
    """Take over what leads to functions."""
    _invoke_target = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        token = _delivery.set((rule, target))
        try:
            return _invoke_target(target, event, rule, view)
        finally:
            _delivery.reset(token)

    eventbridge._invoke_target = invoke_target
    eventbridge._dispatch_to_lambda = _from_rule
    sns._deliver_to_lambda = _from_topic


def _from_rule(arn: str, payload: str) -> None:
    rule, target = _delivery.get()
    problem = _invoke(arn, json.loads(payload), "events.amazonaws.com", rule["Arn"])
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if problem and queue:
        waiting_messages.put(queue, payload, {
            "RULE_ARN": rule["Arn"], "TARGET_ARN": arn, "ERROR_CODE": problem,
        })


def _from_topic(endpoint, envelope, topic_arn, subscription_arn, message_id, message, attributes) -> None:
    event = {"Records": [{
        "EventVersion": "1.0", "EventSubscriptionArn": subscription_arn, "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }]}
    problem = _invoke(endpoint, event, "sns.amazonaws.com", topic_arn)
    subscription = sns._find_subscription(topic_arn, subscription_arn) or {}
    redrive = json.loads((subscription.get("attributes") or {}).get("RedrivePolicy") or "{}")
    if problem and redrive.get("deadLetterTargetArn"):
        waiting_messages.put(redrive["deadLetterTargetArn"], envelope, {"ERROR_CODE": problem})


def _invoke(function_arn: str, event, service: str, source_arn: str) -> str:
    """Hand an event over to a function. Returns why that was not possible, or an empty text."""
    function, config, name = lambda_svc._get_func_record_for_ref(function_arn)
    if not function or not config:
        problem = "RESOURCE_NOT_FOUND"
    elif not role_permissions.function_allows(function_arn, service, source_arn):
        problem = "NO_PERMISSIONS"
    else:
        record = lambda_svc._execution_record_for_config(function, config)
        lambda_svc.invoke_async_with_retry({**function, **record}, event)
        return ""
    logger.warning("%s could not invoke %s for %s: %s", service, name, source_arn, problem)
    return problem
