"""Schedules run with their role; failures of functions and of deliveries end in their queues."""

import json
import time
from datetime import datetime

import pytest


def soon(read, seconds=30):
    """The first truthy value of `read`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = read()
        if value:
            return value
        time.sleep(0.3)
    raise AssertionError("It did not happen.")


def received(emulator, queue):
    sqs = emulator.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages")


def lines(emulator, group, beginning=""):
    """Lines of a log group, which is there from the first line on."""
    logs = emulator.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=group)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [e["message"] for e in events if e["message"].startswith(beginning)]


def test_the_time_of_the_schedule_is_filled_in(emulator, stack):
    (text,) = soon(lambda: lines(emulator, "/aws/lambda/test", "settling 2"))
    datetime.strptime(text.split()[-1], "%Y-%m-%dT%H:%M:%SZ")


def test_a_crash_ends_in_the_on_failure_destination_with_its_type(emulator, stack):
    (message,) = soon(lambda: received(emulator, "test-failed"))
    body = json.loads(message["Body"])
    assert body["requestPayload"] == {"action": "crash"}
    assert body["responsePayload"]["errorType"] == "SomeTrouble"


def test_a_universal_target_is_called(emulator, stack):
    rds = emulator.client("rds")

    def capacity():
        cluster = rds.describe_db_clusters()["DBClusters"][0]
        return (cluster.get("ServerlessV2ScalingConfiguration") or {}).get("MinCapacity")

    assert soon(capacity) == 0.5


def test_what_the_role_may_not_do_ends_in_the_dead_letter_queue(emulator, stack):
    (message,) = soon(lambda: received(emulator, "test-undelivered"))
    assert "DbClusterIdentifier" in message["Body"]
    attributes = message["MessageAttributes"]
    assert "AccessDenied" in attributes["ERROR_CODE"]["StringValue"]
    assert attributes["TARGET_ARN"]["StringValue"].endswith("rds:deleteDBCluster")


def test_the_error_type_of_a_direct_call_is_the_thrown_one(emulator, stack):
    answer = emulator.client("lambda").invoke(FunctionName="test", Payload=b'{"action":"crash"}')
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "SomeTrouble"


@pytest.mark.parametrize(("namespace", "allowed"), [("Test", True), ("Other", False)])
def test_a_policy_may_name_the_namespace_of_metrics(emulator, stack, namespace, allowed):
    cloudwatch = emulator.client("cloudwatch", emulator.session("test-publisher"))
    data = [{"MetricName": "X", "Value": 1}]
    if allowed:
        cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
    else:
        with pytest.raises(cloudwatch.exceptions.ClientError, match="not authorized"):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def test_a_policy_may_name_the_service_linked_role(emulator, stack):
    iam = emulator.client("iam", emulator.session("test-linker"))
    iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    with pytest.raises(iam.exceptions.ClientError, match="not authorized"):
        iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")


def test_a_schedule_with_a_rate_begins_at_once(emulator, stack):
    assert len(soon(lambda: lines(emulator, "/aws/lambda/test", "settling every hour"))) == 1


def test_cron_fields_are_those_of_the_schedules_time_zone(emulator, stack):
    # It was set to the beginning of the minute after next when the stack was deployed.
    assert soon(lambda: lines(emulator, "/aws/lambda/test", "settling in Seoul"), 150)
    schedule = emulator.client("scheduler").get_schedule(Name="zoned", GroupName="test")
    assert schedule["ScheduleExpressionTimezone"] == "Asia/Seoul"
