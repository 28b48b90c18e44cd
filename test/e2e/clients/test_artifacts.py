"""Artifacts go from the client straight to the bucket, by its own role."""

import os

import boto3
import mlflow
import pytest
from botocore.exceptions import ClientError

TWELVE_MEBIBYTES = 12 * 1024 * 1024


def test_a_12_mb_artifact_is_logged_found_in_the_bucket_and_read_back(experiment, tmp_path):
    content = os.urandom(TWELVE_MEBIBYTES)
    path = tmp_path / "그래프 색인.bin"
    path.write_bytes(content)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(path), "색인 파일")
    bucket = os.environ["ARTIFACT_BUCKET"]
    assert run.info.artifact_uri.startswith(f"s3://{bucket}/")
    key = run.info.artifact_uri.removeprefix(f"s3://{bucket}/") + "/색인 파일/그래프 색인.bin"
    stored = boto3.client("s3").head_object(Bucket=bucket, Key=key)
    assert stored["ContentLength"] == TWELVE_MEBIBYTES
    assert [one.path for one in mlflow.artifacts.list_artifacts(run_id=run.info.run_id)] == [
        "색인 파일"
    ]
    read = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="색인 파일/그래프 색인.bin", dst_path=str(tmp_path / "r")
    )
    with open(read, "rb") as file:
        assert file.read() == content


def test_the_client_may_not_change_the_bucket_itself():
    with pytest.raises(ClientError, match="AccessDenied"):
        boto3.client("s3").delete_bucket(Bucket=os.environ["ARTIFACT_BUCKET"])
