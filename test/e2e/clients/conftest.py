"""A stock MLflow client against a deployed platform, through its front door.

Set by whoever runs these tests: MLFLOW_TRACKING_URI, MLFLOW_TRACKING_AUTH=townin, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_REGION of an identity with the client policy only, ARTIFACT_BUCKET,
TOWNIN_STRANGER_ACCESS_KEY_ID and TOWNIN_STRANGER_SECRET_ACCESS_KEY of one without it; for an
emulator AWS_ENDPOINT_URL and MLFLOW_S3_ENDPOINT_URL.
"""

import os
from uuid import uuid4

import pytest

# Before MLflow is imported: a burst of traces overflows the default queue without a word.
os.environ.setdefault("MLFLOW_ASYNC_TRACE_LOGGING_MAX_QUEUE_SIZE", "20000")
# A refusal must be seen at once, not after minutes of retries.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

REQUIRED = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_AUTH",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "ARTIFACT_BUCKET",
)


def pytest_configure(config):
    missing = [name for name in REQUIRED if not os.environ.get(name)]
    if missing:
        pytest.exit(f"These variables are not set: {', '.join(missing)}", returncode=4)


@pytest.fixture(scope="session")
def unique():
    """Tells the names of one run of the tests from those of another."""
    return uuid4().hex[:8]


@pytest.fixture
def experiment(unique, request):
    """An experiment of the test's own, with a name that the built-in signing fails on."""
    import mlflow

    name = f"보험 약관 {request.node.name} {unique}"
    mlflow.set_experiment(name)
    yield mlflow.get_experiment_by_name(name)
    mlflow.flush_trace_async_logging()
