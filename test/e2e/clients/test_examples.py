"""The examples, run as their readers run them, against the stand-in's own count."""

import os
import re
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
        ("graphrag.py", "graphrag", {"claim": 9, "query": 8, "graph-build": 6}),
        ("flyer_scanner.py", "flyer-scanner", {"flyer": 64}),
    ],
)
def test_each_call_of_an_example_is_traced_with_the_tokens_it_was_billed(
    script, experiment, units
):
    since = int(time.time() * 1000)
    printed = run(script)
    assert "calls reported to /ops/llm-calls" in printed
    answered = requests.get(f"{STAND_IN}/_local/calls", params={"since": since}, timeout=10)
    billed = Counter(
        (call["model"], call["inputTokens"], call["cachedInputTokens"], call["outputTokens"])
        for call in answered.json()["calls"]
    )
    assert f"{billed.total()} calls reported" in printed

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


def test_the_fraud_detector_trains_each_version_once_and_reports_an_outcome_once():
    run("fraud_detector.py")
    printed = run("fraud_detector.py")
    for number, name in enumerate(("first", "balanced", "more-claims"), start=1):
        assert f"fraud-detector version {number} ({name}) was there already" in printed
    assert re.search(
        r"160 claims decided by version \d+, 0 of them traced now; outcomes: 0 new, 152 reported before",
        printed,
    )


def test_the_copilot_keeps_three_prompt_versions_and_one_record_a_question():
    run("fp_copilot.py")
    printed = run("fp_copilot.py")
    assert "fp_copilot_answer 2, from the clauses alone: hallucination_rate 0 " in printed
    assert "citation_accuracy: 0.74 -> 1.00, n 39, better" in printed
    assert "fp_copilot_answer 3, from the clauses, with the crib again: hallucination_rate 0.256" in printed
    dataset = mlflow.genai.datasets.get_dataset(name="fp-copilot-questions")
    assert len(dataset.to_df()) == 48


def test_the_golden_routine_finds_the_deviations_that_were_put_in():
    printed = run("golden_routine.py")
    assert "100 claims: conformance_fitness 0.97 " in printed
    assert "19 claims, 이상 징후 검토: left out" in printed


def run(script):
    """What an example prints; it must end well."""
    done = subprocess.run(
        [sys.executable, EXAMPLES / script], capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


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
