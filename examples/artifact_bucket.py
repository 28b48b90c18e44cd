"""Files in the platform's artifact bucket, which evaluations read."""

import json
import os
from urllib.parse import urlsplit

import boto3
import mlflow


class ArtifactBucket:
    """The bucket that the experiment's artifacts go to, or the one that ARTIFACT_BUCKET names."""

    def __init__(self, experiment_id: str) -> None:
        location = mlflow.get_experiment(experiment_id).artifact_location
        self.name = os.environ.get("ARTIFACT_BUCKET") or urlsplit(location).netloc
        if not self.name:
            raise SystemExit(
                f"Artifacts of this experiment are in {location}, which is no bucket. "
                "Set ARTIFACT_BUCKET to the bucket of the platform."
            )
        self._client = boto3.client("s3")

    def put(self, key: str, text: str, content_type: str = "text/plain") -> None:
        self._client.put_object(
            Bucket=self.name, Key=key, Body=text.encode(), ContentType=f"{content_type}; charset=utf-8"
        )

    def put_json(self, key: str, value) -> None:
        self.put(key, json.dumps(value, ensure_ascii=False, indent=1), "application/json")

    def put_rows(self, key: str, rows: list[dict]) -> None:
        """One row of JSON a line."""
        self.put(key, to_lines(rows), "application/x-ndjson")


def to_lines(rows: list[dict]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
