"""Topics and rules invoke functions asynchronously, and only when these allow it."""

import json

from test_schedules import lines, received, soon
from test_state_machines import start


def test_a_topic_tells_the_function_and_keeps_what_it_cannot_deliver(emulator, stack):
    emulator.client("sns").publish(
        TopicArn="arn:aws:sns:us-east-1:000000000000:test-alerts", Message="something is wrong")
    assert soon(lambda: lines(emulator, "/aws/lambda/test", "told something is wrong"))
    (message,) = soon(lambda: received(emulator, "test-undeliverable"))
    assert json.loads(message["Body"])["Message"] == "something is wrong"
    emulator.client("sqs").delete_message(
        QueueUrl=emulator.client("sqs").get_queue_url(QueueName="test-undeliverable")["QueueUrl"],
        ReceiptHandle=message["ReceiptHandle"])


def test_a_function_that_fails_on_an_alert_is_not_forgotten(emulator, stack):
    sns = emulator.client("sns")
    topic = sns.create_topic(Name="test-crashing")["TopicArn"]
    function = "arn:aws:lambda:us-east-1:000000000000:function:test-crashing"
    # Made here, so that its failures are not mixed with those of other tests.
    emulator.client("lambda").create_function(
        FunctionName="test-crashing", Runtime="nodejs24.x", Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/test-function", Code={"ZipFile": crashing()})
    emulator.client("lambda").put_function_event_invoke_config(
        FunctionName="test-crashing", MaximumRetryAttempts=1, DestinationConfig={
            "OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:test-lost"}})
    emulator.client("lambda").add_permission(
        FunctionName="test-crashing", StatementId="sns", Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com", SourceArn=topic)
    emulator.client("sqs").create_queue(QueueName="test-lost")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="lost")
    (message,) = soon(lambda: received(emulator, "test-lost"))
    assert json.loads(message["Body"])["requestPayload"]["Records"][0]["Sns"]["Message"] == "lost"
    # Tried twice.
    attempts = [line for line in lines(emulator, "/aws/lambda/test-crashing") if "START" in line]
    assert len(attempts) == 2


def test_a_rule_keeps_what_it_cannot_deliver(emulator, stack):
    start(emulator, "test-forbidden", "told")
    assert soon(lambda: lines(emulator, "/aws/lambda/test", "ended told FAILED"))
    (message,) = soon(lambda: received(emulator, "test-undeliverable"))
    assert json.loads(message["Body"])["source"] == "aws.states"
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def crashing() -> bytes:
    import io
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.js", "exports.handler = async () => { throw new Error('no') }")
    return content.getvalue()
