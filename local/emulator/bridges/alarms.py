"""Alarms look at their own dimensions only, and alarms on metric math are stored.

The emulator would mix the series of all dimensions, so that one workload's missed goal would raise
the alarms of all. Metric math is never evaluated here.
"""

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners


def install(settings) -> None:
    """Correct the evaluation and accept `Metrics` in AWS::CloudWatch::Alarm."""
    _evaluate = cloudwatch._evaluate_alarm

    def evaluate(alarm):
        dimensions = cloudwatch._dims_key(
            {d["Name"]: d["Value"] for d in alarm.get("Dimensions") or []}
        )
        every = cloudwatch._metrics
        cloudwatch._metrics = {key: points for key, points in every.items() if key[2] == dimensions}
        try:
            _evaluate(alarm)
        finally:
            cloudwatch._metrics = every

    cloudwatch._evaluate_alarm = evaluate

    _record = provisioners._cw_metric_alarm_record

    def record(name, properties):
        if not properties.get("Metrics"):
            return _record(name, properties)
        alarm = _record(name, {
            **{k: v for k, v in properties.items() if k != "Metrics"},
            "MetricName": "metric-math", "Namespace": "metric-math",
        })
        return {**alarm, "Metrics": properties["Metrics"]}

    provisioners._cw_metric_alarm_record = record
