"""CloudWatch alarms are evaluated as on AWS: for their own dimensions, with missing data, and by time.

The emulator mixes the series of all dimensions, so that one workload's missed goal would raise the
alarms of all; it looks at alarms only when a metric is put, and not at missing data, so that "did
not run" would never be noticed. Alarms on metric math are stored and stay without a state.
"""

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

METRIC_MATH = "metric-math"
EVERY_SECONDS = 15
# What reports once a minute has reported by then. AWS takes about as long to look at a new alarm.
NEW_SECONDS = 75

logger = logging.getLogger("bridges.alarms")
_evaluating = threading.RLock()


def install(settings) -> None:
    """Replace the evaluation, accept `Metrics` in AWS::CloudWatch::Alarm, and look regularly."""
    cloudwatch._evaluate_alarm = evaluate
    _record = provisioners._cw_metric_alarm_record

    def record(name, properties):
        if not properties.get("Metrics"):
            return _record(name, properties)
        plain = {k: v for k, v in properties.items() if k != "Metrics"}
        alarm = _record(name, {**plain, "MetricName": METRIC_MATH, "Namespace": METRIC_MATH})
        return {**alarm, "Metrics": properties["Metrics"]}

    provisioners._cw_metric_alarm_record = record
    threading.Thread(target=_look_regularly, name="alarms", daemon=True).start()


def evaluate(alarm, now: float | None = None) -> None:
    """Bring an alarm's state up to date and run the actions of a new state."""
    if alarm.get("Namespace") == METRIC_MATH or not alarm.get("MetricName"):
        return
    now = now or time.time()
    with _evaluating:
        points = _points(alarm)
        if not points and now - alarm.get("AlarmConfigurationUpdatedTimestamp", 0) < NEW_SECONDS:
            return
        state, reason = state_of(alarm, points, now)
        earlier = alarm["StateValue"]
        if state in (None, earlier):
            return
        alarm["StateValue"], alarm["StateReason"] = state, reason
        alarm["StateUpdatedTimestamp"] = int(time.time())
        cloudwatch._record_history(alarm["AlarmName"], earlier, state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, earlier, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)


def state_of(alarm, points, now: float) -> tuple[str | None, str]:
    """The state that the points give, or None when it stays as it is.

    As AWS does, it looks back further than the evaluated periods and takes the latest periods that
    have data; only what is missing even so is treated as the alarm says.
    """
    period, periods = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    missing_data = alarm.get("TreatMissingData") or "missing"
    current = int(now // period)
    values = []
    for slot in range(current, current - periods - 2, -1):
        in_slot = [point for point in points if int(point["Timestamp"] // period) == slot]
        if in_slot:
            values.append(_statistic(alarm, in_slot))
    values = [value for value in values if value is not None][:periods]
    breaching = sum(_breaches(alarm, value) for value in values)
    if breaching < needed and missing_data == "breaching":
        # The period that has just begun is not missing yet.
        breaching += periods - len(values)
    reason = f"{breaching} of {periods} periods breach {alarm.get('ComparisonOperator')} "
    reason = f"{reason}{alarm.get('Threshold')}: {values or 'no data'}"
    if breaching >= needed:
        return "ALARM", reason
    if values or missing_data == "notBreaching":
        return "OK", reason
    return (None if missing_data == "ignore" else "INSUFFICIENT_DATA"), reason


def _points(alarm):
    dimensions = cloudwatch._dims_key({d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []})
    return list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or [])


def _statistic(alarm, points):
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return cloudwatch._stat_value(cloudwatch._calc_stats(points), statistic, points)


def _breaches(alarm, value: float) -> bool:
    threshold = float(alarm.get("Threshold") or 0)
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
        "LessThanOrEqualToThreshold": value <= threshold,
    }.get(alarm.get("ComparisonOperator"), False)


def _look_regularly() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        try:
            for (account, region, _name), alarm in list(cloudwatch._alarms._data.items()):
                with request_scope(account, region):
                    evaluate(alarm)
        except Exception:
            logger.exception("alarms")
