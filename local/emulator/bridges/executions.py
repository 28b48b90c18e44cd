"""Executions of a state machine end, and report, as on AWS.

- The time limit of a machine ends an execution (`TIMED_OUT`); one that was ended goes no further,
  also in the middle of a map, and its status stays what it is.
- Starting one again under its name, with the same input while it runs, answers with the first one.
- `AWS/States` metrics, and errors in the machine's log group.
"""

import json
import logging
import threading
import time
from contextvars import ContextVar, copy_context

from bridges import log_lines
from ministack.services import cloudwatch, stepfunctions

logger = logging.getLogger("bridges.executions")

# The execution that runs here; that of a distributed map's item is its parent's.
current: ContextVar = ContextVar("execution", default=None)

METRICS = {
    "RUNNING": "ExecutionsStarted", "SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted",
}
ERRORS = {
    "TaskFailed", "MapRunFailed", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut",
}
STREAM = "executions"


class Ended(Exception):
    """The execution has ended meanwhile. No state catches this."""


def install(settings) -> None:
    """Replace how executions are started, stopped and accounted for."""
    _run = stepfunctions._run_execution

    def run(arn):
        execution = stepfunctions._executions.get(arn)
        current.set(execution)
        timer = _time_limit(execution) if execution else None
        try:
            _run(arn)
        finally:
            if timer:
                timer.cancel()

    stepfunctions._run_execution = run

    _invoke = stepfunctions._invoke_resource

    def invoke(resource, input_data):
        execution = current.get()
        if execution and execution["status"] != "RUNNING":
            raise Ended(execution["status"])
        return _invoke(resource, input_data)

    stepfunctions._invoke_resource = invoke

    _fail = stepfunctions._fail_execution

    def fail(execution, error, cause):
        if execution["status"] == "RUNNING":
            _fail(execution, error, cause)

    stepfunctions._fail_execution = fail

    _start = stepfunctions._start_execution

    def start(data):
        return _running_again(data) or _start(data)

    stepfunctions._start_execution = start

    _emit = stepfunctions._emit_execution_status_event

    def emit(execution):
        _count(execution)
        _emit(execution)

    stepfunctions._emit_execution_status_event = emit

    _add = stepfunctions._add_event

    def add(execution, event_type, details=None):
        event = _add(execution, event_type, details)
        if event_type in ERRORS:
            try:
                _log(execution, event_type, details)
            except Exception:
                logger.exception("log of executions")
        return event

    stepfunctions._add_event = add


def machine_of(execution) -> dict:
    """The machine that an execution, or an item of its distributed map, belongs to."""
    arn = execution["stateMachineArn"].split("/", 1)[0]
    return stepfunctions._state_machines.get(arn) or {}


def _time_limit(execution) -> threading.Timer | None:
    limit = json.loads(machine_of(execution).get("definition") or "{}").get("TimeoutSeconds")
    if not limit:
        return None
    # A timer's thread does not know the account and region by itself.
    timer = threading.Timer(limit, copy_context().run, (_expire, execution))
    timer.daemon = True
    timer.start()
    return timer


def _expire(execution) -> None:
    if execution["status"] != "RUNNING":
        return
    execution.update(status="TIMED_OUT", stopDate=stepfunctions.now_iso())
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)


def _running_again(data):
    """The answer to a second start of what runs already, or None."""
    machine_arn, name = data.get("stateMachineArn", ""), data.get("name")
    if not name or ":stateMachine:" not in machine_arn:
        return None
    arn = f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    execution = stepfunctions._executions.get(arn)
    if not execution or execution["status"] != "RUNNING" or execution["input"] != data.get("input", "{}"):
        return None
    answer = {"executionArn": arn, "startDate": execution["startDate"]}
    return stepfunctions.json_response(answer)


def _count(execution) -> None:
    name, dimensions = METRICS.get(execution["status"]), {"StateMachineArn": execution["stateMachineArn"]}
    if not name:
        return
    cloudwatch.record_metric("AWS/States", name, 1, "Count", dimensions)
    begun = stepfunctions._iso_to_epoch_ms(execution.get("startDate"))
    if execution["status"] != "RUNNING" and begun:
        milliseconds = time.time() * 1000 - begun
        cloudwatch.record_metric("AWS/States", "ExecutionTime", milliseconds, "Milliseconds", dimensions)


def _log(execution, event_type: str, details) -> None:
    settings = machine_of(execution).get("loggingConfiguration") or {}
    # A template writes `Level`, a call of the API `level`.
    settings = {name[0].lower() + name[1:]: value for name, value in settings.items()}
    if settings.get("level", "OFF") == "OFF":
        return
    line = json.dumps({
        "execution_arn": execution["executionArn"], "type": event_type, "details": details or {},
    })
    for destination in settings.get("destinations") or []:
        group = destination.get("CloudWatchLogsLogGroup") or destination.get("cloudWatchLogsLogGroup")
        arn = (group or {}).get("LogGroupArn") or (group or {}).get("logGroupArn")
        if arn:
            log_lines.write(arn, STREAM, line)
