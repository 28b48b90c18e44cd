"""What queues and services report to CloudWatch once a minute, for the alarms on them.

- `AWS/SQS ApproximateNumberOfMessagesVisible`, for alarms on dead letters;
- `AWS/ECS CPUUtilization` while the service's port answers. Its value is always 0: only that it
  reports is known here.
"""

import logging
import socket
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, ecs, sqs

EVERY_SECONDS = 60

logger = logging.getLogger("bridges.service_metrics")


def install(settings) -> None:
    """Publish from now on."""
    threading.Thread(
        target=_publish_regularly, args=(settings,), name="service-metrics", daemon=True
    ).start()


def _publish_regularly(settings) -> None:
    while True:
        time.sleep(5)
        try:
            _publish_queues()
            _publish_services(settings)
        except Exception:
            logger.exception("service metrics")
        time.sleep(EVERY_SECONDS - 5)


def _publish_queues() -> None:
    now = time.time()
    for (account, region, _url), queue in list(sqs._queues._data.items()):
        waiting = sum(1 for message in queue.get("messages") or [] if message["visible_at"] <= now)
        with request_scope(account, region):
            cloudwatch.record_metric(
                "AWS/SQS", "ApproximateNumberOfMessagesVisible", waiting, "Count",
                {"QueueName": queue["name"]},
            )


def _publish_services(settings) -> None:
    for (account, region, key), service in list(ecs._services._data.items()):
        if not service.get("runningCount") or not _answers(settings.mlflow_port):
            continue
        cluster, name = key.split("/", 1)
        with request_scope(account, region):
            cloudwatch.record_metric(
                "AWS/ECS", "CPUUtilization", 0, "Percent",
                {"ClusterName": cluster, "ServiceName": name},
            )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
