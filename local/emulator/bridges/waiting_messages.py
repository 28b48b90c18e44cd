"""A message is put into a queue by a service, which says in attributes why."""

from ministack.services import eventbridge, sqs


def put(queue_arn: str, body: str, attributes: dict[str, str]) -> None:
    """Put a message into a queue of this account; without the queue nothing happens."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return
    eventbridge._dispatch_to_sqs(eventbridge.parse_arn(queue_arn), body, {})
    queue["messages"][-1]["message_attributes"] = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }
