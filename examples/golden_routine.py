"""Townin's golden routine: how far a log of claims follows the process that it should follow.

Uploads the log and the process model, starts the benchmark of the workload, and prints how well
they agree and what deviates most often. Needs MLFLOW_TRACKING_URI and MLFLOW_TRACKING_AUTH=townin.
"""

from collections import Counter

import mlflow

from artifact_bucket import ArtifactBucket
from claims_process import SEED, draw_log, log_csv, model_pnml
from platform_api import PlatformApi, require_completed, show
from session import connect, exit_with_a_sentence

WORKLOAD = "golden-routine"
LOG = f"datasets/{WORKLOAD}/claims.csv"
MODEL = f"datasets/{WORKLOAD}/model.pnml"
SHOWN = ["conformance_fitness", "conformance_precision", "conformance_duration"]
MOST_FREQUENT = 4


def upload(bucket: ArtifactBucket) -> int:
    """Puts log and model where the benchmark reads them, and into a run; returns the cases."""
    events = draw_log()
    log, model = log_csv(events), model_pnml()
    bucket.put(LOG, log, "text/csv")
    bucket.put(MODEL, model, "application/xml")
    cases = len({event.case for event in events})
    with mlflow.start_run(run_name="claims-log"):
        mlflow.log_params({"log.source": "synthetic", "log.seed": SEED})
        mlflow.log_metrics({"cases": cases, "events": len(events)})
        mlflow.log_text(log, "log/claims.csv")
        mlflow.log_text(model, "log/model.pnml")
    return cases


def deviations(rows: list[dict]) -> Counter[str]:
    """How many cases deviate in which way."""
    found: Counter[str] = Counter()
    for row in rows:
        for score in row["scores"]:
            steps = (score["parts"] or {}).get("deviations") or []
            # A case that deviates twice in the same way is one case.
            found.update({_sentence(step) for step in steps})
    return found


def _sentence(step: dict) -> str:
    if step["kind"] == "log":
        return f"{step['activity']}: done where the process does not have it"
    return f"{step['activity']}: left out"


def main() -> None:
    bucket = ArtifactBucket(connect(WORKLOAD, llm=False))
    platform = PlatformApi()
    cases = upload(bucket)
    identifier = platform.start_evaluation(WORKLOAD)
    evaluation = require_completed(platform.wait([identifier])[identifier])
    print(f"{cases} claims: {show(evaluation, SHOWN)}")
    for deviation, count in deviations(platform.rows(identifier)).most_common(MOST_FREQUENT):
        print(f"  {count} claims, {deviation}")


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
