"""Calls methods of the stock MLflow client, as applications do, and prints how each came out as JSON.

Takes a JSON array of [method, {argument: value}] and, as second argument, `at-once` to make all calls at the same time.
The method `resolve` gives the version that a URI of a model means.
"""

import json
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.utils.models import get_model_name_and_version

warnings.filterwarnings("ignore", category=FutureWarning)

client = MlflowClient()
answers = threading.local()
send = requests.Session.send


def send_and_note(session, request, **settings):
    answer = send(session, request, **settings)
    answers.statuses.append(answer.status_code)
    return answer


requests.Session.send = send_and_note


def resolve(uri: str):
    return get_model_name_and_version(client, uri)[1]


def call(asked) -> dict:
    method, arguments = asked
    answers.statuses = []
    started = time.monotonic()
    outcome = {}
    try:
        function = resolve if method == "resolve" else getattr(client, method)
        value = function(**arguments)
        outcome["value"] = value if isinstance(value, (str, int, type(None))) else facts(value)
    except MlflowException as error:
        outcome |= {"error": error.error_code, "message": error.message}
    return outcome | {"seconds": time.monotonic() - started, "statuses": answers.statuses}


def facts(value) -> dict:
    names = ("name", "version", "current_stage", "source", "run_id", "model_id")
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


asked = json.loads(sys.argv[1])
with ThreadPoolExecutor(len(asked) if "at-once" in sys.argv[2:] else 1) as pool:
    print(json.dumps(list(pool.map(call, asked))))
