"""Lines of log groups that AWS services write themselves."""

import time

from ministack.services import cloudwatch_logs

KEPT_LINES = 10_000


def write(group_arn: str, stream: str, line: str) -> None:
    """Append a line to a stream of a log group, which may not exist any more."""
    name = group_arn.split(":log-group:", 1)[-1].removesuffix(":*")
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        return
    now = int(time.time() * 1000)
    kept = group["streams"].setdefault(stream, {
        "events": [], "uploadSequenceToken": "1", "creationTime": now,
        "firstEventTimestamp": now, "lastEventTimestamp": None, "lastIngestionTime": None,
    })
    kept["events"].append({"timestamp": now, "message": line, "ingestionTime": now})
    del kept["events"][:-KEPT_LINES]
    kept["lastEventTimestamp"] = kept["lastIngestionTime"] = now
