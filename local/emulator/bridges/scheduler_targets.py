"""EventBridge Scheduler calls its targets as on AWS: with the schedule's role, and asynchronously.

- A Lambda target is an asynchronous invocation, so retries and on-failure destinations apply.
- A universal target (`arn:aws:scheduler:::aws-sdk:<service>:<action>`) is a call of that action.
- `<aws.scheduler.*>` in the input is replaced.
- What cannot be delivered (a missing permission, a target that is gone) goes to the schedule's
  dead-letter queue. It is not tried again first: AWS would try for a day.
"""

import json
import logging
import threading
from datetime import datetime, timezone

from bridges import role_session, waiting_messages
from ministack.core.responses import new_uuid, request_scope
from ministack.services import eventbridge

logger = logging.getLogger("bridges.scheduler_targets")

# Where the delivery is a call with other parameter names than the target's own.
CALLS = {
    "lambda": ("lambda", "Invoke"),
    "sqs": ("sqs", "SendMessage"),
    "sns": ("sns", "Publish"),
    "states": ("stepfunctions", "StartExecution"),
}


def install(settings) -> None:
    """Take over deliveries that come from the scheduler; rules of an event bus stay as they are."""
    _invoke_target = eventbridge._invoke_target

    def invoke_target(target, event, rule, view=None):
        if event.get("Source") != "aws.scheduler":
            return _invoke_target(target, event, rule, view)
        threading.Thread(
            target=_deliver, args=(settings, target, event, rule), daemon=True
        ).start()

    eventbridge._invoke_target = invoke_target


def _deliver(settings, target, event, schedule) -> None:
    with request_scope(event["Account"], event["Region"]):
        text = _input(target, event, schedule)
        try:
            session = role_session.credentials(target["RoleArn"], new_uuid().replace("-", ""))
            _call(settings, session, event["Region"], target, text)
        except Exception as error:
            logger.warning("Schedule %s: %s", schedule["Name"], error)
            _dead_letter(settings, target, event, text, error)


def _input(target, event, schedule) -> str:
    moment = datetime.fromtimestamp(event["Time"], timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = target.get("Input") or json.dumps({
        "version": "0", "id": event["EventId"], "detail-type": "Scheduled Event",
        "source": "aws.scheduler", "account": event["Account"], "time": moment,
        "region": event["Region"], "resources": event["Resources"], "detail": "{}",
    })
    for name, value in {
        "schedule-arn": schedule["Arn"],
        "scheduled-time": moment,
        "execution-id": event["EventId"],
        "attempt-number": "1",
    }.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _call(settings, session, region: str, target, text: str) -> None:
    arn = target["Arn"]
    service = arn.split(":")[2]
    if service == "scheduler":
        service, action = arn.split(":aws-sdk:", 1)[1].split(":")
        client = _client(settings, session, service, region)
        model = _operation(client, action)
        _perform(client, model.name, _named(json.loads(text), model.input_shape))
        return
    if service not in CALLS:
        raise ValueError(f"The emulator cannot deliver to {arn}.")
    name, operation = CALLS[service]
    client = _client(settings, session, name, region)
    if service == "lambda":
        parameters = {"FunctionName": arn, "InvocationType": "Event", "Payload": text.encode()}
    elif service == "sqs":
        queue = client.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
        parameters = {"QueueUrl": queue, "MessageBody": text, **(target.get("SqsParameters") or {})}
    elif service == "sns":
        parameters = {"TopicArn": arn, "Message": text}
    else:
        parameters = {"stateMachineArn": arn, "input": text}
    _perform(client, operation, parameters)


def _client(settings, session, service: str, region: str):
    import botocore.session

    return botocore.session.get_session().create_client(
        service,
        region_name=region,
        endpoint_url=settings.endpoint,
        aws_access_key_id=session["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=session["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=session["AWS_SESSION_TOKEN"],
    )


def _operation(client, action: str):
    """The operation by the name that the target's ARN gives it, such as `modifyDBCluster`."""
    model = client.meta.service_model
    for name in model.operation_names:
        if name.lower() == action.lower():
            return model.operation_model(name)
    raise ValueError(f"{model.service_name} has no action {action}.")


def _named(value, shape):
    """Scheduler writes `DbClusterIdentifier` where the service says `DBClusterIdentifier`."""
    kind = getattr(shape, "type_name", "")
    if kind == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        named = {}
        for key, inner in value.items():
            name = members.get(key.lower(), key)
            named[name] = _named(inner, shape.members.get(name))
        return named
    if kind == "list" and isinstance(value, list):
        return [_named(inner, shape.member) for inner in value]
    return value


def _perform(client, operation: str, parameters) -> None:
    import botocore

    getattr(client, botocore.xform_name(operation))(**parameters)


def _dead_letter(settings, target, event, text: str, error: Exception) -> None:
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    answer = getattr(error, "response", {}).get("Error", {})
    attributes = {
        "ERROR_CODE": answer.get("Code", type(error).__name__),
        "ERROR_MESSAGE": str(answer.get("Message", error))[:1000],
        "EXECUTION_ID": event["EventId"],
        "SCHEDULE_ARN": event["Resources"][0],
        "TARGET_ARN": target["Arn"],
    }
    waiting_messages.put(queue, text, attributes)

