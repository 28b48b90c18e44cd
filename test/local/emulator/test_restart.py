"""What is kept over a restart, and what refuses to start."""

import json
import os
import shutil
import subprocess
import sys

import psycopg2
import pytest
from conftest import ROOT, Emulator
from template import TEMPLATE, allow, att, ref, role

KEPT = {"Resources": {
    **{name: TEMPLATE["Resources"][name] for name in (
        "Master", "Cluster", "Writer", "Bucket", "BucketPolicy", "Api")},
    "Writing": role("test-writing", [allow("s3:*", [
        "arn:aws:s3:::test-artifacts", "arn:aws:s3:::test-artifacts/*"])]),
}, "Outputs": {"Master": {"Value": ref("Master")}, "Address": {"Value": att("Api", "ApiEndpoint")}}}


def test_objects_database_and_address_survive_a_restart(postgres, tmp_path):
    second = Emulator(tmp_path, postgres.port)
    second.start()
    try:
        address = second.deploy(KEPT)["Address"]
        s3 = second.client("s3", second.session("test-writing"))
        for body in (b"one", b"two"):
            s3.put_object(Bucket="test-artifacts", Key="a/큰 것.txt", Body=body)
        s3.put_object(Bucket="test-artifacts", Key="gone", Body=b"x")
        s3.delete_object(Bucket="test-artifacts", Key="gone")
    finally:
        second.stop()

    second.start()
    try:
        # Twice the same name in one run is a conflict, as on AWS; kept from an earlier run it is not.
        assert second.deploy(KEPT)["Address"] == address
        with pytest.raises(AssertionError):
            second.deploy({"Resources": {"Bucket": TEMPLATE["Resources"]["Bucket"]}}, "other")
        s3 = second.client("s3", second.session("test-writing"))
        versions = s3.list_object_versions(Bucket="test-artifacts")
        bodies = [s3.get_object(Bucket="test-artifacts", Key=v["Key"], VersionId=v["VersionId"])
                  ["Body"].read() for v in versions["Versions"]]
        assert sorted(bodies) == [b"one", b"two", b"x"]
        assert [m["Key"] for m in versions["DeleteMarkers"]] == ["gone"]
        assert s3.get_bucket_versioning(Bucket="test-artifacts")["Status"] == "Enabled"
        # The password is a new one with each deployment.
        secret = second.client("secretsmanager").get_secret_value(SecretId="test/master")
        login = json.loads(secret["SecretString"])
        psycopg2.connect(host="127.0.0.1", port=postgres.port, user="master",
                         password=login["password"], dbname="mlops").close()
    finally:
        second.stop()


def test_listens_on_loopback_only(emulator):
    listing = subprocess.run(["ss", "-ltnHp"], capture_output=True, text=True) if shutil.which("ss") else None
    if listing is None:
        pytest.skip("ss is not installed")
    own = [line for line in listing.stdout.splitlines() if f"pid={emulator.process.pid}," in line]
    assert own
    assert all("127.0.0.1:" in line for line in own)


def test_another_version_is_refused_by_name(tmp_path):
    (tmp_path / "ministack-9.9.9.dist-info").mkdir()
    (tmp_path / "ministack-9.9.9.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: ministack\nVersion: 9.9.9\n")
    run = subprocess.run(
        [sys.executable, str(ROOT / "local" / "emulator" / "main.py")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert run.returncode == 1
    assert "made for ministack 1.5.33, but 9.9.9 is installed" in run.stderr


def test_an_invalid_port_is_named(tmp_path):
    run = subprocess.run(
        [sys.executable, str(ROOT / "local" / "emulator" / "main.py")],
        env={**os.environ, "GATEWAY_PORT": "http"}, capture_output=True, text=True)
    assert run.returncode == 1
    assert "GATEWAY_PORT must be a port number" in run.stderr
