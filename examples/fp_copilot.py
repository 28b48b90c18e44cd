"""Townin's copilot for financial planners: three versions of its prompt, evaluated and compared.

The AI engine (engine.py) answers; this program registers the versions in MLflow's prompt registry,
has the platform ask the engine with each, and prints what each changes on which metric. Needs
MLFLOW_TRACKING_URI and MLFLOW_TRACKING_AUTH=townin.
"""

from itertools import pairwise

import mlflow

from clauses import read_questions
from platform_api import PlatformApi, require_completed, show
from prompts import COPILOT_CRIB_AGAIN, COPILOT_FROM_CLAUSES, COPILOT_PROMPT, COPILOT_WITH_CRIB
from question_dataset import keep_questions
from session import connect, exit_with_a_sentence

WORKLOAD = "fp-copilot"
SHOWN = ["hallucination_rate", "citation_accuracy"]
# The evaluations run side by side, so that how long answers take says nothing of the prompts.
COMPARED = [*SHOWN, "answer_relevancy"]
VERSIONS = {
    "with a crib of frequent answers": COPILOT_WITH_CRIB,
    "from the clauses alone": COPILOT_FROM_CLAUSES,
    "from the clauses, with the crib again": COPILOT_CRIB_AGAIN,
}


def version_of(template: str) -> str | None:
    """The number of the version with this text; None when there is none."""
    number = 1
    while True:
        found = mlflow.genai.load_prompt(
            f"prompts:/{COPILOT_PROMPT}/{number}", allow_missing=True, link_to_model=False
        )
        if found is None:
            return None
        if found.template == template:
            return str(number)
        number += 1


def register(template: str, message: str) -> str:
    """The number of the version with this text, which is made when there is none."""
    version = version_of(template)
    if version is None:
        made = mlflow.genai.register_prompt(
            name=COPILOT_PROMPT, template=template, commit_message=message
        )
        version = str(made.version)
    return version


def evaluate(platform: PlatformApi, version: str) -> str:
    """Has the engine asked with a version of the prompt; returns the id of the evaluation."""
    return platform.start_evaluation(
        WORKLOAD,
        subject={"kind": "prompt-version", "name": COPILOT_PROMPT, "version": version},
        source={"kind": "endpoint"},
        # The gate compares all metrics of the benchmark with those of the version in production.
        metrics=[*COMPARED, "faithfulness", "expected_calibration_error", "cost_per_row_usd"],
    )


def sentence(metric: dict) -> str:
    """One metric of a comparison in a line."""
    if metric["difference"] is None:
        return f"{metric['metric']}: no row has a score in both"
    line = (
        f"{metric['metric']}: {metric['baseline']:.2f} -> {metric['candidate']:.2f}, "
        f"n {metric['pairs']}, {metric['verdict']}"
    )
    if metric["adjustedP"] is not None:
        line += f" (p {metric['adjustedP']:.2g})"
    return line


def main() -> None:
    experiment = connect(WORKLOAD, llm=False)
    keep_questions("fp-copilot-questions", experiment, read_questions(WORKLOAD))
    versions = {message: register(text, message) for message, text in VERSIONS.items()}
    platform = PlatformApi()
    evaluations = {message: evaluate(platform, one) for message, one in versions.items()}

    ended = platform.wait(list(evaluations.values()))
    for message, identifier in evaluations.items():
        evaluation = require_completed(ended[identifier])
        print(f"{COPILOT_PROMPT} {versions[message]}, {message}: {show(evaluation, SHOWN)}")

    for baseline, candidate in pairwise(VERSIONS):
        comparison = platform.compare(WORKLOAD, evaluations[baseline], evaluations[candidate])
        print(f"version {versions[candidate]} against version {versions[baseline]}:")
        for metric in comparison["metrics"]:
            if metric["metric"] in COMPARED:
                print(f"  {sentence(metric)}")


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
