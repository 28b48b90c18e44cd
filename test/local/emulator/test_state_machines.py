"""State machines run in JSONata, with their role; executions end and report as on AWS."""

import json
import time

import pytest
from test_schedules import lines, soon

PREFIX = "arn:aws:states:us-east-1:000000000000:"


def start(emulator, machine, name, given=None):
    return emulator.client("stepfunctions").start_execution(
        stateMachineArn=f"{PREFIX}stateMachine:{machine}", name=name, input=json.dumps(given or {}))


def describe(emulator, machine, name):
    return emulator.client("stepfunctions").describe_execution(
        executionArn=f"{PREFIX}execution:{machine}:{name}")


def ended(emulator, machine, name, given=None):
    """The execution after it has ended."""
    start(emulator, machine, name, given)

    def end():
        execution = describe(emulator, machine, name)
        return execution if execution["status"] != "RUNNING" else None

    return soon(end)


def total(emulator, metric, machine):
    points = emulator.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States", MetricName=metric, Period=3600, Statistics=["Sum"],
        Dimensions=[{"Name": "StateMachineArn", "Value": f"{PREFIX}stateMachine:{machine}"}],
        StartTime=time.time() - 3600, EndTime=time.time() + 60)["Datapoints"]
    return sum(point["Sum"] for point in points)


@pytest.mark.parametrize("machine", ["test-inline", "test-distributed"])
@pytest.mark.parametrize("items", [1, 3])
def test_a_map_runs_each_item_and_goes_on_after_one_that_is_lost(emulator, stack, machine, items):
    given = {"items": [{"action": "crash"}, *[{"number": number} for number in range(items - 1)]]}
    execution = ended(emulator, machine, f"map-{items}", given)
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert json.loads(execution["output"]) == {"done": items}


def test_a_map_of_one_machine_may_not_start_executions_without_being_allowed_to(emulator, stack):
    execution = ended(emulator, "test-not-allowed", "one", {"items": [{}]})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Permissions")


def test_a_machine_may_invoke_only_what_its_role_allows(emulator, stack):
    execution = ended(emulator, "test-forbidden", "one")
    assert execution["error"] == "Lambda.AWSLambdaException"
    assert "not authorized to perform: lambda:InvokeFunction" in execution["cause"]


def test_the_time_limit_ends_an_execution_and_a_rule_hears_of_it(emulator, stack):
    assert ended(emulator, "test-limited", "late")["status"] == "TIMED_OUT"
    assert soon(lambda: lines(emulator, "/aws/lambda/test", "ended late TIMED_OUT"))
    assert total(emulator, "ExecutionsTimedOut", "test-limited") == 1
    # Nor does it come back to life when the function answers.
    time.sleep(5)
    assert describe(emulator, "test-limited", "late")["status"] == "TIMED_OUT"


def test_one_that_was_stopped_starts_nothing_more(emulator, stack):
    given = {"items": [{"seconds": 1, "action": "settle", "at": f"stopped {n}"} for n in range(6)]}
    start(emulator, "test-inline", "stopped", given)
    soon(lambda: lines(emulator, "/aws/lambda/test", "settling stopped"))
    emulator.client("stepfunctions").stop_execution(
        executionArn=f"{PREFIX}execution:test-inline:stopped", error="Cancelled")
    time.sleep(4)
    assert describe(emulator, "test-inline", "stopped")["status"] == "ABORTED"
    # Two at a time: those that ran when it was stopped finish, and no others begin.
    assert len(lines(emulator, "/aws/lambda/test", "settling stopped")) <= 4
    assert total(emulator, "ExecutionsAborted", "test-inline") == 1


def test_a_second_start_of_what_runs_is_the_first_one(emulator, stack):
    given = {"items": [{"seconds": 3}]}
    first = start(emulator, "test-inline", "twice", given)
    assert start(emulator, "test-inline", "twice", given)["startDate"] == first["startDate"]
    states = emulator.client("stepfunctions")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(emulator, "test-inline", "twice", {"items": []})
    soon(lambda: describe(emulator, "test-inline", "twice")["status"] == "SUCCEEDED")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(emulator, "test-inline", "twice", given)


def test_what_failed_is_in_the_log_of_the_machine(emulator, stack):
    ended(emulator, "test-forbidden", "logged")
    entries = [json.loads(line) for line in lines(emulator, "/test/machine")]
    types = {e["type"] for e in entries if e["execution_arn"].endswith(":logged")}
    assert types == {"TaskFailed", "ExecutionFailed"}


def test_starting_needs_permission_on_the_machine(emulator, stack):
    states = emulator.client("stepfunctions", emulator.session("test-starter"))
    arn = f"{PREFIX}stateMachine:test-inline"
    states.start_execution(stateMachineArn=arn, name="allowed", input='{"items":[]}')
    with pytest.raises(states.exceptions.ClientError, match="not authorized"):
        states.start_execution(stateMachineArn=f"{PREFIX}stateMachine:test-limited")
