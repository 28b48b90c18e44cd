"""Alarms look at their own series."""

import time


def states(emulator):
    answer = emulator.client("cloudwatch").describe_alarms(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


def put(emulator, workload, value):
    emulator.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=[{
        "MetricName": "GoalMissed", "Value": value,
        "Dimensions": [{"Name": "Workload", "Value": workload}]}])


def test_only_the_alarm_of_the_missed_goal_is_raised(emulator, stack):
    put(emulator, "one", 1)
    put(emulator, "two", 0)
    now = states(emulator)
    assert (now["test-one"], now["test-two"], now["test-any"]) == ("ALARM", "OK", "ALARM")


def test_metric_math_has_no_state(emulator, stack):
    assert states(emulator)["test-math"] == "INSUFFICIENT_DATA"


def test_queues_and_services_report(emulator, stack):
    def reported(namespace):
        metrics = emulator.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
        return {d["Value"] for metric in metrics for d in metric["Dimensions"]}

    until = time.monotonic() + 70
    while "test-service" not in reported("AWS/ECS") and time.monotonic() < until:
        time.sleep(1)
    assert "test-service" in reported("AWS/ECS")
    assert "test-undelivered" in reported("AWS/SQS")
