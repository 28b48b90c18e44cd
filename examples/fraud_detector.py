"""Townin's fraud detector: trains and registers a model, has its version evaluated, and reports what
became of the claims that it decided.

A claim with little risk is paid straight through; one with much is taken for fraud; a person looks
at what is between. The data are synthetic (fraud_claims.py says how). Needs MLFLOW_TRACKING_URI and
MLFLOW_TRACKING_AUTH=townin.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

import mlflow
import pandas as pd
import sklearn
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from artifact_bucket import ArtifactBucket
from fraud_claims import FEATURES, draw_claims, draw_day, last_days
from otel_traces import Step, send_traces
from platform_api import PlatformApi, require_completed, show
from session import connect, exit_with_a_sentence

WORKLOAD = MODEL = "fraud-detector"
TRAINING_DATA = f"datasets/{WORKLOAD}/training.csv"
DATASET = f"datasets/{WORKLOAD}/claims.jsonl"
MEASURED = [
    "straight_through_processing_rate", "classification_precision", "classification_recall",
    "classification_f1", "expected_calibration_error",
]  # fmt: skip
TRAINING = {"claims": 4000, "seed": 20261101}
LABELLED = {"claims": 300, "seed": 20261102}
PARAMETERS = {"C": 0.5, "max_iter": 500}
# Up to here a claim is paid without a person, from there on it is taken for fraud.
PAY_BELOW, FRAUD_FROM = 0.07, 0.35
DAYS, CLAIMS_A_DAY = 20, 8


@dataclass(frozen=True)
class Decision:
    risk: float

    @property
    def predicted(self) -> bool:
        return self.risk >= FRAUD_FROM

    @property
    def straight_through(self) -> bool:
        return self.risk < PAY_BELOW

    @property
    def confidence(self) -> float:
        """Probability that `predicted` is right."""
        return round(self.risk if self.predicted else 1 - self.risk, 4)


def decide(model, claims: pd.DataFrame) -> list[Decision]:
    return [Decision(float(risk)) for risk in model.predict_proba(claims[FEATURES])[:, 1]]


def recipe() -> str:
    """Tells whether a version was made from the same data with the same parameters."""
    made_of = {
        "training": TRAINING,
        "parameters": PARAMETERS,
        "sklearn": sklearn.__version__,
        "data": hashlib.sha256(
            draw_claims(**_drawn(TRAINING)).to_csv(index=False).encode()
        ).hexdigest(),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


def registered_version(made_by: str) -> str | None:
    """The version that this recipe made before, if there is one."""
    found = MlflowClient().search_model_versions(f"name = '{MODEL}'")
    return next((str(one.version) for one in found if one.tags.get("recipe") == made_by), None)


def train(made_by: str, bucket: ArtifactBucket) -> str:
    """Trains, logs and registers a model; returns the number of its version."""
    claims = draw_claims(**_drawn(TRAINING))
    kept = draw_claims(**_drawn(LABELLED))
    features = claims[FEATURES]
    bucket.put(TRAINING_DATA, claims.to_csv(index=False), "text/csv")
    with mlflow.start_run(run_name="logistic-regression"):
        model = make_pipeline(StandardScaler(), LogisticRegression(**PARAMETERS))
        model.fit(features, claims["fraud"])
        risks = model.predict_proba(kept[FEATURES])[:, 1]
        dataset = mlflow.data.from_pandas(
            claims,
            source=f"s3://{bucket.name}/{TRAINING_DATA}",
            name="claims-synthetic",
            targets="fraud",
        )
        mlflow.log_input(dataset, context="training")
        mlflow.log_params(
            {**PARAMETERS, **{f"training.{name}": value for name, value in TRAINING.items()},
             "pay_below": PAY_BELOW, "fraud_from": FRAUD_FROM, "recipe": made_by}
        )  # fmt: skip
        mlflow.log_metrics(
            {
                "roc_auc": roc_auc_score(kept["fraud"], risks),
                "average_precision": average_precision_score(kept["fraud"], risks),
                "fraud_share": float(claims["fraud"].mean()),
            }
        )
        logged = mlflow.sklearn.log_model(
            model,
            name=MODEL,
            registered_model_name=MODEL,
            signature=infer_signature(features, model.predict(features)),
            input_example=features.head(3),
            # Named, so that MLflow does not import the model once more to find them out.
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    version = str(logged.registered_model_version)
    MlflowClient().set_model_version_tag(MODEL, version, "recipe", made_by)
    return version


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


def _drawn(what: dict) -> dict:
    return {"count": what["claims"], "seed": what["seed"]}


def main() -> None:
    experiment = connect(WORKLOAD, llm=False)
    bucket, platform = ArtifactBucket(experiment), PlatformApi()
    made_by = recipe()
    version = registered_version(made_by)
    made = version is None
    version = version or train(made_by, bucket)
    print(f"{MODEL} version {version} {'trained and registered' if made else 'was there already'}")
    model = mlflow.sklearn.load_model(f"models:/{MODEL}/{version}")

    claims = draw_claims(**_drawn(LABELLED))
    bucket.put_rows(DATASET, labelled_rows(claims))
    key = f"recorded/{WORKLOAD}/version-{version}.jsonl"
    bucket.put_rows(key, recorded_rows(decide(model, claims), version))
    evaluation = platform.start_evaluation(
        WORKLOAD,
        subject={"kind": "model-version", "name": MODEL, "version": version},
        source={"kind": "recorded", "key": key},
        metrics=MEASURED,
    )

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
        f"{len(steps)} claims decided, {traced} of them traced now; outcomes: "
        f"{answer['accepted']} new, {answer['repeated']} reported before"
    )
    ended = require_completed(platform.wait([evaluation])[evaluation])
    print(f"version {version} on {LABELLED['claims']} labelled claims: {show(ended, MEASURED[:3])}")


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
