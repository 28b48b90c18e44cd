"""Townin's fraud detector: trains its model three times, has each version evaluated, and reports what
became of the claims that the version in production decided.

A claim with little risk is paid straight through; one with much is taken for fraud; a person looks
at what is between. The data are synthetic (fraud_claims.py says how). Needs MLFLOW_TRACKING_URI and
MLFLOW_TRACKING_AUTH=townin.
"""

from datetime import date, datetime, time, timedelta, timezone

import mlflow
import pandas as pd

from artifact_bucket import ArtifactBucket
from fraud_claims import FEATURES, draw_claims, draw_day, last_days
from fraud_model import (
    MODEL, TRAININGS, Decision, ProductionModel, decide, registered_version, train,
)  # fmt: skip
from otel_traces import Step, send_traces
from platform_api import PlatformApi, require_completed, show
from session import connect, exit_with_a_sentence

WORKLOAD = "fraud-detector"
DATASET = f"datasets/{WORKLOAD}/claims.jsonl"
MEASURED = [
    "straight_through_processing_rate", "classification_precision", "classification_recall",
    "classification_f1", "expected_calibration_error",
]  # fmt: skip
LABELLED = {"count": 300, "seed": 20261102}
DAYS, CLAIMS_A_DAY = 20, 8


def labelled_rows(claims: pd.DataFrame) -> list[dict]:
    return [
        {
            "id": f"claim-{number:04}",
            "inputs": {name: float(claim[name]) for name in FEATURES},
            "expectations": {"actual": bool(claim["fraud"])},
        }
        for number, (_, claim) in enumerate(claims.iterrows(), start=1)
    ]


def recorded_rows(decisions: list[Decision], version: str) -> list[dict]:
    """What the version decided on the labelled claims, without their labels."""
    return [
        {
            "id": f"claim-{number:04}",
            "outputs": {
                "predicted": one.predicted,
                "straightThrough": one.straight_through,
                "confidence": one.confidence,
            },
            "version": {"kind": "model-version", "name": MODEL, "version": version},
        }
        for number, one in enumerate(decisions, start=1)
    ]


def outcomes_of(day: date, claims: pd.DataFrame, decisions: dict[str, Decision]) -> list[dict]:
    """What became of the claims of a day: the same reports whenever they are sent."""
    return [
        {
            # The platform takes a report once, however often it arrives.
            "id": f"{unit}-closed",
            "workload": WORKLOAD,
            "unitType": "claim",
            "unitId": unit,
            "at": f"{day}T00:00:00Z",
            "actual": bool(claims.at[unit, "fraud"]),
            "predicted": one.predicted,
            "straightThrough": one.straight_through,
            "confidence": one.confidence,
        }
        for unit, one in decisions.items()
    ]


def decision_steps(day: date, decisions: dict[str, Decision], version: str) -> list[Step]:
    """What was done on a day, for the traces of the claims. No LLM was asked, so none has a cost."""
    morning = datetime.combine(day, time.min, timezone.utc)
    return [
        Step(
            "decide_claim",
            morning + timedelta(seconds=number),
            {"claim": unit},
            {
                "risk": round(one.risk, 4),
                "predicted": one.predicted,
                "straightThrough": one.straight_through,
            },
            {
                "ops.unit.type": "claim",
                "ops.unit.id": unit,
                "ops.model.version": f"{MODEL}:{version}",
            },
        )
        for number, (unit, one) in enumerate(decisions.items())
    ]


def without_traced(experiment: str, steps: list[Step]) -> list[Step]:
    """The steps of claims that have no trace yet."""
    known = mlflow.search_traces(
        locations=[experiment], max_results=2000, include_spans=False, return_type="list"
    )
    traced = {one.info.tags.get("ops.unit.id") for one in known}
    return [one for one in steps if one.tags["ops.unit.id"] not in traced]


def evaluate(platform: PlatformApi, bucket: ArtifactBucket, version: str, claims: pd.DataFrame) -> str:
    """Has a version judged by what it decides on the labelled claims; returns the evaluation's id."""
    model = mlflow.sklearn.load_model(f"models:/{MODEL}/{version}")
    key = f"recorded/{WORKLOAD}/version-{version}.jsonl"
    bucket.put_rows(key, recorded_rows(decide(model, claims), version))
    return platform.start_evaluation(
        WORKLOAD,
        subject={"kind": "model-version", "name": MODEL, "version": version},
        source={"kind": "recorded", "key": key},
        metrics=MEASURED,
    )


def decide_days(experiment: str, platform: PlatformApi, version: str, model) -> None:
    """The claims of the last days, as the model in production decides them, and what became of them."""
    days = last_days(datetime.now(timezone.utc).date(), DAYS)
    drawn = {day: draw_day(day, CLAIMS_A_DAY) for day in days}
    decided = {day: dict(zip(one.index, decide(model, one))) for day, one in drawn.items()}
    steps = [step for day in days for step in decision_steps(day, decided[day], version)]
    traced = send_traces(experiment, without_traced(experiment, steps))
    # Of the claims that came in today nobody knows yet what becomes of them.
    outcomes = [
        outcome for day in days[:-1] for outcome in outcomes_of(day, drawn[day], decided[day])
    ]
    answer = platform.report_outcomes(outcomes)
    print(
        f"{len(steps)} claims decided by version {version}, {traced} of them traced now; outcomes: "
        f"{answer['accepted']} new, {answer['repeated']} reported before"
    )


def main() -> None:
    experiment = connect(WORKLOAD, llm=False)
    bucket, platform = ArtifactBucket(experiment), PlatformApi()
    claims = draw_claims(**LABELLED)
    bucket.put_rows(DATASET, labelled_rows(claims))
    evaluations = {}
    for training in TRAININGS:
        version = registered_version(training)
        made = version is None
        version = version or train(training, claims, bucket)
        print(
            f"{MODEL} version {version} ({training.name}) "
            f"{'trained and registered' if made else 'was there already'}"
        )
        evaluations[version] = evaluate(platform, bucket, version, claims)
    decide_days(experiment, platform, *ProductionModel().current(otherwise=min(evaluations, key=int)))
    ended = platform.wait(list(evaluations.values()))
    for version, identifier in evaluations.items():
        evaluation = require_completed(ended[identifier])
        print(f"version {version} on {len(claims)} labelled claims: {show(evaluation, MEASURED[:3])}")


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
