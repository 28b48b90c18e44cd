import stat

import pytest

from townin_mlops_client import Identity, SigningError


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("abc123.execute-api.ap-northeast-2.amazonaws.com", "ap-northeast-2"),
        ("abc123.execute-api.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("abc123.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("vpce-1-abc.execute-api.eu-central-1.vpce.amazonaws.com", "eu-central-1"),
        ("abc123.execute-api.us-west-2.api.aws", "us-west-2"),
        ("mlflow.townin.example", "eu-west-1"),
        ("127.0.0.1", "eu-west-1"),
        ("x.execute-api.us-east-1.amazonaws.com.evil.example", "eu-west-1"),
    ],
)
def test_region_comes_from_the_host_or_else_the_environment(monkeypatch, host, region):
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Identity().region_for(host) == region


def test_region_comes_from_the_profile_last(monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_REGION")
    (tmp_path / "config").write_text("[default]\nregion = sa-east-1\n")
    assert Identity().region_for("mlflow.example") == "sa-east-1"


def test_no_region_says_which_variable_to_set(monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(SigningError, match="Set AWS_REGION"):
        Identity().region_for("mlflow.example")


def test_no_credentials_says_how_to_give_some(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    identity = Identity()
    with pytest.raises(SigningError, match="No AWS credentials were found.*aws sso login"):
        identity.credentials()
    # A later sign-in is noticed.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "late")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert identity.credentials().access_key == "late"


def test_a_profile_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SigningError, match="nobody"):
        Identity().credentials()


def test_the_session_is_made_once(monkeypatch):
    import botocore.session

    made = []
    real = botocore.session.Session
    monkeypatch.setattr(
        "botocore.session.Session", lambda *given: made.append(1) or real(*given)
    )
    identity = Identity()
    for _ in range(5):
        identity.credentials()
        identity.region_for("x.execute-api.us-east-1.amazonaws.com")
    assert len(made) == 1


def credential_process(tmp_path, monkeypatch, seconds):
    """A profile whose credentials last for `seconds` and count how often they were asked for."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    script = tmp_path / "credentials.py"
    script.write_text(
        "import json, pathlib\n"
        "from datetime import datetime, timedelta, timezone\n"
        f"count = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(count.read_text()) + 1 if count.exists() else 1\n"
        "count.write_text(str(number))\n"
        f"end = datetime.now(timezone.utc) + timedelta(seconds={seconds})\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'key-{number}', 'SecretAccessKey': 's',"
        " 'SessionToken': 't', 'Expiration': end.isoformat()}))\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = python3 {script}\n")


def test_credentials_are_renewed_before_they_expire(monkeypatch, tmp_path):
    # botocore renews what lasts for less than 10 minutes.
    credential_process(tmp_path, monkeypatch, seconds=300)
    identity = Identity()
    assert identity.credentials().access_key == "key-2"
    assert identity.credentials().access_key == "key-3"


def test_credentials_that_last_are_kept(monkeypatch, tmp_path):
    credential_process(tmp_path, monkeypatch, seconds=3600)
    identity = Identity()
    assert identity.credentials() == identity.credentials()
    assert (tmp_path / "count").read_text() == "1"


def test_expired_credentials_say_to_sign_in_again(monkeypatch, tmp_path):
    credential_process(tmp_path, monkeypatch, seconds=-60)
    with pytest.raises(SigningError, match="Sign in again"):
        Identity().credentials()
