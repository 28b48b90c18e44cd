"""Requests as the MLflow client sends them, checked by a server that knows AWS's rules."""

import io
import json
from datetime import datetime, timedelta, timezone

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from townin_mlops_client import FrontDoorAuth, SigningError
from townin_mlops_client import auth as auth_module

# What the MLflow client sends where its built-in signing fails.
QUERIES = {
    "search_registered_models": {"filter": "name LIKE '%a b%'", "max_results": 100},
    "search_prompts": {"filter": "tags.`mlflow.prompt.is_prompt` = 'true'"},
    "search_model_versions": {"filter": "name = 'x y' and run_id = 'z'", "order_by": ["a", "B"]},
    "search_traces": {"trace_ids": ["tr-b", "tr-a", "tr-b"]},
    "get_experiment_by_name": {"experiment_name": "with space"},
    "get_metric_history": {"metric_key": "f1 score (보험)", "run_id": "1"},
    "korean names": {"name": "보험 약관/질의 응답"},
    "characters with a meaning": {"q": "a+b&c=d;e/f?g#h%20i\"'`~*()!$,:@[]|\\"},
    "an empty value": {"page_token": "", "x": "1"},
    "an emoji and a line feed": {"q": "📄\n\t"},
}


@pytest.mark.parametrize("name", QUERIES)
def test_queries_on_which_the_built_in_signing_fails_are_signed_right(front_door, name):
    params = QUERIES[name]
    response = requests.get(f"{front_door.url}/api/x", params=params, auth=FrontDoorAuth())
    assert response.status_code == 200
    sent = [
        (key, str(one))
        for key, value in params.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    assert front_door.seen[0].query == sent


@pytest.mark.parametrize(
    "path",
    [
        "/api/3.0/mlflow/traces/tr-1%2F2/tags",
        "/prefix/api//2.0/mlflow/x",
        "/api/%61lias",
        "/api/한글 이름",
        "/a,b;c=d@e:f(g)'h'*!$",
    ],
)
def test_paths_are_sent_and_signed_as_they_are(front_door, path):
    assert requests.get(f"{front_door.url}{path}", auth=FrontDoorAuth()).status_code == 200


def generator():
    yield b"one,"
    yield b"two"


class OneWay(io.RawIOBase):
    """A stream that can be read once and not wound back."""

    def __init__(self):
        self._left = b"one,two"

    def readable(self):
        return True

    def readinto(self, buffer):
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def tell(self):
        raise OSError("not seekable")


@pytest.mark.parametrize(
    "make_body", [lambda: b"one,two", lambda: "one,two", lambda: io.BytesIO(b"one,two"),
                  generator, OneWay, lambda: bytearray(b"one,two")],
)
def test_bodies_of_every_kind_are_signed_and_sent_whole(front_door, make_body):
    response = requests.post(f"{front_door.url}/x", data=make_body(), auth=FrontDoorAuth())
    assert response.status_code == 200
    assert front_door.seen[0].body == b"one,two"


def test_a_file_is_signed_from_where_it_stands(front_door):
    body = io.BytesIO(b"skipped,one,two")
    body.seek(8)
    assert requests.post(f"{front_door.url}/x", data=body, auth=FrontDoorAuth()).status_code == 200
    assert front_door.seen[0].body == b"one,two"


@pytest.mark.parametrize(
    "arguments",
    [
        {"json": {"이름": "값"}},
        {"data": {"a": "b c"}},
        {"data": "한글"},
        {"files": {"file": ("이름.txt", b"content")}},
        {},
    ],
)
def test_json_forms_and_files_are_signed_right(front_door, arguments):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        response = requests.request(method, front_door.url, **arguments, auth=FrontDoorAuth())
        assert response.status_code == 200


def test_a_stream_beyond_the_limit_says_where_artifacts_belong(front_door):
    endless = (b"x" * 65536 for _ in range(1000))
    with pytest.raises(SigningError, match="straight to the bucket"):
        requests.post(front_door.url, data=endless, auth=FrontDoorAuth())


def retrying_session(total=3):
    session = requests.Session()
    retry = Retry(total=total, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


@pytest.mark.parametrize("body", [b"payload", io.BytesIO(b"payload")])
def test_each_attempt_that_urllib3_repeats_is_signed_anew(front_door, monkeypatch, body):
    real = datetime.now(timezone.utc)
    times = iter(real + timedelta(seconds=seconds) for seconds in range(0, 100, 7))
    front_door.statuses = [503, 503]
    auth = FrontDoorAuth(clock=lambda: next(times))
    response = retrying_session().post(front_door.url, data=body, auth=auth)
    assert response.status_code == 200
    assert [seen.valid for seen in front_door.seen] == [True] * 3
    assert [seen.body for seen in front_door.seen] == [b"payload"] * 3
    assert len({seen.headers["x-amz-date"] for seen in front_door.seen}) == 3


def test_credentials_that_change_between_attempts_are_used(front_door, monkeypatch):
    """A role's session may be renewed while a client waits for a database that wakes."""
    times = iter(datetime.now(timezone.utc) + timedelta(seconds=s) for s in range(100))

    def clock():
        monkeypatch.setenv("AWS_SESSION_TOKEN", f"token-{len(front_door.seen)}")
        return next(times)

    front_door.statuses = [503]
    response = retrying_session().get(front_door.url, auth=FrontDoorAuth(clock=clock))
    assert response.status_code == 200
    tokens = [seen.headers["x-amz-security-token"] for seen in front_door.seen]
    assert tokens == ["token-0", "token-1"]


@pytest.mark.parametrize("ahead", [timedelta(minutes=20), timedelta(hours=-9)])
def test_a_wrong_clock_is_corrected_by_the_front_doors(front_door, ahead):
    front_door.ahead = ahead
    auth = FrontDoorAuth()
    response = requests.post(front_door.url, data=io.BytesIO(b"payload"), auth=auth)
    assert response.status_code == 200
    assert [seen.valid for seen in front_door.seen] == [False, True]
    assert front_door.seen[1].body == b"payload"
    # What was learnt is kept.
    assert requests.get(front_door.url, auth=auth).status_code == 200
    assert len(front_door.seen) == 3


def test_a_refusal_is_sent_once_and_says_what_to_do(front_door, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    response = requests.get(f"{front_door.url}/api/x?secret=1", auth=FrontDoorAuth())
    assert response.status_code == 403
    assert len(front_door.seen) == 1
    body = response.json()
    assert body["error_code"] == "PERMISSION_DENIED"
    assert "GET /api/x with status 403 (Forbidden)" in body["message"]
    assert "ClientPolicyArn" in body["message"]
    assert "...MPLE" in body["message"]
    assert "secret=1" not in body["message"]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("The security token included in the request is expired", "sign in again"),
        ("The security token included in the request is invalid.", "check AWS_PROFILE"),
        ("The request signature we calculated does not match", "secret key"),
        ("User: arn:aws:iam::1:user/x is not authorized to perform", "ClientPolicyArn"),
    ],
)
def test_a_refusal_advises_by_its_reason(front_door, said, advice):
    front_door.statuses, front_door.forbidden = [403], {"message": said}
    message = requests.get(front_door.url, auth=FrontDoorAuth()).json()["message"]
    assert said in message
    assert advice in message


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "PERMISSION_DENIED", "message": "the gate says no"},
        {"title": "Forbidden", "status": 403, "detail": "not yours"},
    ],
)
def test_refusals_from_behind_the_front_door_stay_as_they_are(front_door, body):
    front_door.statuses, front_door.forbidden = [403], body
    assert requests.get(front_door.url, auth=FrontDoorAuth()).json() == body


def test_a_redirect_carries_no_signature(front_door):
    front_door.statuses, front_door.location = [302, 200], f"{front_door.url}/elsewhere"
    requests.get(front_door.url, auth=FrontDoorAuth())
    names = {name for name in front_door.seen[1].headers if name.startswith("x-amz")}
    assert names == set()
    assert "authorization" not in front_door.seen[1].headers


@pytest.mark.parametrize("url", ["http://mlflow.example", "http://10.0.0.1:5000", "http://127.evil"])
def test_plain_http_is_refused_beyond_this_machine(url):
    with pytest.raises(SigningError, match="Use https"):
        requests.get(url, auth=FrontDoorAuth())


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1", "http://localhost:1", "http://api.localhost:1", "https://host:1",
     "http://[::1]:1"],
)
def test_https_and_this_machine_are_signed(url):
    request = requests.Request("GET", url, auth=FrontDoorAuth()).prepare()
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


def test_a_body_is_hashed_once_within_a_second(monkeypatch):
    now = datetime.now(timezone.utc)
    calls = []
    real = auth_module.signature_headers
    monkeypatch.setattr(
        auth_module, "signature_headers", lambda **given: calls.append(1) or real(**given)
    )
    auth = FrontDoorAuth(clock=lambda: now)
    request = requests.Request("POST", "https://host", data=b"x" * 1000, auth=auth).prepare()
    request.headers.copy()
    assert len(calls) == 1


def test_mlflow_finds_the_plugin_by_its_name(front_door, monkeypatch):
    pytest.importorskip("mlflow")
    from importlib.metadata import entry_points

    if not any(e.name == "townin" for e in entry_points(group="mlflow.request_auth_provider")):
        pytest.skip("the package is not installed here")
    from mlflow.exceptions import RestException
    from mlflow.utils.rest_utils import MlflowHostCreds, http_request, http_request_safe

    creds = MlflowHostCreds(host=f"{front_door.url}/some/prefix/", auth="townin")
    response = http_request(creds, "/api/2.0/x", "GET", params={"filter": "a = 'b c'", "k": ["b", "a"]})
    assert response.status_code == 200
    assert front_door.seen[0].path == "/some/prefix/api/2.0/x"
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(RestException, match="PERMISSION_DENIED: The front door refused") as raised:
        http_request_safe(creds, "/api/2.0/x", "POST", json={})
    assert raised.value.get_http_status_code() == 403
    assert json.loads(front_door.seen[1].body) == {}
