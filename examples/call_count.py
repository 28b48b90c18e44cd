"""Counts LLM calls outside MLflow, so that the platform can say how many of them were traced."""

import json
import os
import threading
from collections import Counter
from datetime import datetime, timezone
from uuid import uuid4

import openai
import requests
from townin_mlops_client import FrontDoorAuth


class NotReported(Exception):
    """The platform did not take the counts."""


class CallCounter:
    """Counts the answered calls of an HTTP client by model. Safe to share between threads."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        # Where the calls are made, not where they are traced: a lost trace must not lower both.
        self.http_client = openai.DefaultHttpxClient(event_hooks={"response": [self._count]})

    def _count(self, response) -> None:
        if response.status_code == 200:
            with self._lock:
                self._calls[json.loads(response.request.content)["model"]] += 1

    @property
    def total(self) -> int:
        """Calls that were not reported yet."""
        return self._calls.total()

    def report(self, workload: str) -> str:
        """Reports the counts to the platform and begins anew; returns what came of it, in a sentence."""
        with self._lock:
            calls, self._calls = self._calls, Counter()
        try:
            return _send(workload, calls)
        except Exception:
            with self._lock:
                self._calls += calls
            raise


def _send(workload: str, calls: Counter[str]) -> str:
    reports = [
        {
            # The platform counts a report once, however often it arrives.
            "id": str(uuid4()),
            "workload": workload,
            "model": model,
            "provider": "openai",
            "at": datetime.now(timezone.utc).isoformat(),
            "calls": count,
        }
        for model, count in sorted(calls.items())
    ]
    uri = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
    signs = os.environ.get("MLFLOW_TRACKING_AUTH") == "townin"
    response = requests.post(
        f"{uri}/ops/llm-calls",
        json={"reports": reports},
        auth=FrontDoorAuth() if signs else None,
        timeout=30,
    )
    if response.status_code in (404, 405):
        return f"{calls.total()} calls not reported: {uri} has no /ops/llm-calls (a plain MLflow server?)"
    if not response.ok:
        raise NotReported(f"/ops/llm-calls answered {response.status_code}: {response.text}")
    return f"{calls.total()} calls reported to /ops/llm-calls"
