"""The examples, run as their readers run them, against the stand-in's own count."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import mlflow
import pytest
import requests

EXAMPLES = Path(__file__).parents[3] / "examples"
STAND_IN = os.environ.get("OPENAI_BASE_URL", "").removesuffix("/v1")

pytestmark = pytest.mark.skipif(
    not STAND_IN.startswith("http://127.0.0.1"), reason="only the stand-in tells what it was asked"
)


@pytest.mark.parametrize(
    ("script", "experiment", "units"),
    [
        ("graphrag.py", "graphrag", {"claim": 9, "query": 8, "graph-build": 5}),
        ("flyer_scanner.py", "flyer-scanner", {"flyer": 12}),
    ],
)
def test_each_call_of_an_example_is_traced_with_the_tokens_it_was_billed(
    script, experiment, units
):
    since = int(time.time() * 1000)
    done = subprocess.run(
        [sys.executable, EXAMPLES / script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "calls reported to /ops/llm-calls" in done.stdout
    answered = requests.get(f"{STAND_IN}/_local/calls", params={"since": since}, timeout=10)
    billed = Counter(
        (call["model"], call["inputTokens"], call["cachedInputTokens"], call["outputTokens"])
        for call in answered.json()["calls"]
    )
    assert f"{billed.total()} calls reported" in done.stdout

    location = mlflow.get_experiment_by_name(experiment).experiment_id
    traces = mlflow.search_traces(
        locations=[location],
        filter_string=f"timestamp_ms >= {since}",
        max_results=500,
        return_type="list",
    )
    traced = Counter(call for one in traces for call in calls_of(one))
    assert traced == billed
    found = {(one.info.tags["ops.unit.type"], one.info.tags["ops.unit.id"]) for one in traces}
    assert Counter(kind for kind, _ in found) == units


def calls_of(trace):
    for span in trace.data.spans:
        usage = span.get_attribute("mlflow.chat.tokenUsage")
        if usage:
            yield (
                # OpenAI's own client records the dated name, LangChain the one asked for.
                span.get_attribute("mlflow.llm.model").split("-20")[0],
                usage["input_tokens"],
                usage.get("cache_read_input_tokens", 0),
                usage["output_tokens"],
            )
