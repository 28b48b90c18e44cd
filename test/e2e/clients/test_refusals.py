"""Who may not call is told so, at once."""

import os
import time

import boto3
import mlflow
import pytest
import requests
from botocore.exceptions import ClientError
from mlflow.exceptions import RestException
from townin_mlops_client import FrontDoorAuth


@pytest.fixture
def stranger(monkeypatch):
    """An identity of the account without the client policy."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", os.environ[f"TOWNIN_STRANGER_{name}"])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def test_a_client_without_the_policy_gets_a_403_that_says_so(stranger):
    started = time.monotonic()
    with pytest.raises(RestException) as raised:
        mlflow.search_experiments()
    assert raised.value.get_http_status_code() == 403
    assert "PERMISSION_DENIED: The front door refused" in str(raised.value)
    assert "ClientPolicyArn" in str(raised.value)
    # A refusal is not retried.
    assert time.monotonic() - started < 10


def test_a_stranger_may_not_read_the_bucket(stranger):
    with pytest.raises(ClientError, match="AccessDenied"):
        # A session of its own: boto3's default one remembers the identity of earlier tests.
        boto3.Session().client("s3").list_objects_v2(Bucket=os.environ["ARTIFACT_BUCKET"])


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/experiments/search", "/ops/costs", "/v1/traces", "/"])
def test_an_unsigned_request_is_refused(path):
    response = requests.get(f"{os.environ['MLFLOW_TRACKING_URI'].rstrip('/')}{path}", timeout=30)
    assert response.status_code in (401, 403)


def test_a_wrong_secret_is_refused(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(RestException, match="PERMISSION_DENIED"):
        mlflow.search_experiments()


@pytest.mark.parametrize("path", ["/ops/costs?workload=graphrag", "/api/2.0/mlflow/experiments/search?max_results=1"])
def test_the_signer_serves_other_calls_too(path):
    response = requests.get(
        f"{os.environ['MLFLOW_TRACKING_URI'].rstrip('/')}{path}", auth=FrontDoorAuth(), timeout=30
    )
    assert response.status_code not in (401, 403)
