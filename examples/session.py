"""One run of an example: what it is connected to, how its traces are tagged, where its files go."""

import logging
import os
import sys
from contextlib import contextmanager
from datetime import datetime

import mlflow
import requests
from townin_mlops_client.spans import require_spans

# Whose errors are told in a sentence; our own mistakes keep their traceback.
_OTHERS = {"platform_api", "call_count", "otel_traces", "mlflow", "openai", "botocore", "requests", "httpx"}


def connect(experiment: str, llm: bool = True) -> str:
    """Points MLflow at the platform and turns tracing on; exits with a sentence when it cannot.

    Returns the id of the experiment.
    """
    for name in ("MLFLOW_TRACKING_URI", *(["OPENAI_API_KEY"] if llm else [])):
        if not os.environ.get(name):
            sys.exit(f"Set {name}. `npm start` prints the variables of the local stack.")
    _require_answer(os.environ["MLFLOW_TRACKING_URI"])
    # The default queue drops traces of a burst without a word.
    os.environ.setdefault("MLFLOW_ASYNC_TRACE_LOGGING_MAX_QUEUE_SIZE", "20000")
    # No "View run at …" of every run: the program says what it did itself.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    # Nor what MLflow is waiting for. Errors are shown.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    require_spans()
    return mlflow.set_experiment(experiment).experiment_id


def _require_answer(uri: str) -> None:
    """MLflow's client would go on trying for minutes where nobody listens."""
    try:
        requests.get(f"{uri.rstrip('/')}/health", timeout=40)
    except requests.RequestException as error:
        sys.exit(f"{uri} does not answer: {error}. Is the platform up?")


@contextmanager
def exit_with_a_sentence():
    """Ends the program with what the platform, MLflow or the provider said instead of a traceback."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] not in _OTHERS:
            raise
        sys.exit(str(error))


def tag_unit(kind: str, identifier: str, prompt: str, country: str = "KR") -> None:
    """Tags the current trace with the unit of work that its cost belongs to."""
    mlflow.update_current_trace(
        tags={
            "ops.unit.type": kind,
            "ops.unit.id": identifier,
            "ops.prompt.version": prompt,
            "ops.country": country,
        }
    )


def stamp() -> str:
    """Tells the units of one run of an example from those of another."""
    return datetime.now().strftime("%Y%m%d-%H%M%S")
