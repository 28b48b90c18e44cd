"""The front door: who may call it, and that MLflow receives what was sent."""

import gzip
import http.client
import json
import time
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@pytest.fixture(scope="module")
def client(emulator, stack):
    return emulator.session("test-client")


def call(address, who, method, path, body=None, headers=None, damaged=False):
    """Send exactly this target, signed as botocore does."""
    request = AWSRequest(method, address + path, data=body, headers=headers or {})
    if who:
        credentials = Credentials(who["AccessKeyId"], who["SecretAccessKey"], who["SessionToken"])
        SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    sent = dict(request.headers.items())
    if damaged:
        sent["Authorization"] = sent["Authorization"][:-4] + "0000"
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=40)
    connection.putrequest(method, url.path + path, skip_accept_encoding=True)
    for name, value in sent.items():
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), response.read()


@pytest.mark.parametrize("target", [
    "/api/x?a=b",
    "/api/x?filter=name%20%3D%20%27%ED%95%9C%EA%B8%80%27&z=1",
    "/api/x?k=b&k=a&k=%20&a=1",
    "/api/x?k=%2Bplus&empty=&q=%25%26",
    "/api/%ED%95%9C%EA%B8%80/a%2Fb",
    "/api/%61lias/a%20b+c/x%252Fy",
    "//api/x",
])
def test_mlflow_receives_path_and_query_as_they_were_sent(emulator, stack, client, target):
    status, _, body = call(stack["Address"], client, "GET", target)
    assert (status, json.loads(body)["target"]) == (200, target)


@pytest.mark.parametrize(("sent", "received"), [
    ("/_inside/api/x?k=b&k=a&k=%20", "/api/x?k=b&k=a&k=%20"),
    ("/_inside/api/%ED%95%9C%EA%B8%80/a%20b", "/api/%ED%95%9C%EA%B8%80/a%20b"),
    ("/_inside/_inside/x", "/_inside/x"),
])
def test_a_mapped_path_replaces_the_one_that_was_sent(emulator, stack, sent, received):
    status, _, body = call(stack["Address"], emulator.session("test-insider"), "GET", sent)
    assert (status, json.loads(body)["target"]) == (200, received)


def test_a_mapped_path_is_open_to_who_may_call_the_route_only(emulator, stack, client):
    assert call(stack["Address"], client, "GET", "/_inside/x")[0] == 403
    assert call(stack["Address"], emulator.session("test-insider"), "GET", "/api/x")[0] == 403


@pytest.mark.parametrize(("method", "path", "is_function"), [
    ("POST", "/api/guarded/alias", True),
    ("POST", "/api/guarded/%61lias", True),
    ("GET", "/api/guarded/alias", False),
    ("POST", "/api/guarded/alias/x", False),
])
def test_a_whole_route_comes_before_a_greedy_one(stack, client, method, path, is_function):
    _, _, body = call(stack["Address"], client, method, path)
    assert ("routeKey" in json.loads(body)) == is_function


def test_bodies_travel_unchanged(emulator, stack, client):
    packed = gzip.compress(b"text" * 9000)
    for body, encoding in ((bytes(range(256)), {}), (packed, {"content-encoding": "gzip"})):
        status, _, _ = call(stack["Address"], client, "POST", "/api/x", body, encoding)
        assert status == 200
        assert emulator.mlflow.seen[-1]["body"] == body


def test_answers_travel_unchanged(emulator, stack, client):
    packed = gzip.compress(b"answer")
    emulator.mlflow.reply = lambda seen: (404, {
        "content-encoding": "gzip", "x-frame-options": "DENY", "set-cookie": "a=b"}, packed)
    status, headers, body = call(stack["Address"], client, "GET", "/api/x")
    assert (status, body) == (404, packed)
    assert {k.lower() for k in headers} >= {"content-encoding", "x-frame-options", "set-cookie"}
    assert call(stack["Address"], client, "HEAD", "/api/x")[0] == 404


def test_more_than_10_mb_is_refused_in_either_direction(emulator, stack, client):
    limit = 10 * 1024 * 1024
    assert call(stack["Address"], client, "PUT", "/api/x", b"x" * limit)[0] == 200
    assert call(stack["Address"], client, "PUT", "/api/x", b"x" * (limit + 1))[0] == 413
    emulator.mlflow.reply = lambda seen: (200, {}, b"x" * (limit + 1))
    status, _, body = call(stack["Address"], client, "GET", "/api/x")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_an_answer_takes_at_most_30_seconds(emulator, stack, client):
    def late(seen):
        time.sleep(33)
        return 200, {}, b""

    emulator.mlflow.reply = late
    started = time.monotonic()
    status, _, body = call(stack["Address"], client, "GET", "/api/x")
    assert (status, json.loads(body)) == (503, {"message": "Service Unavailable"})
    assert 29 < time.monotonic() - started < 32


@pytest.mark.parametrize(("who", "path", "damaged"), [
    (None, "/api/x", False),
    ("test-nobody", "/api/x", False),
    ("test-client", "/ajax-api/x", False),
    ("test-client", "/api/x?a=b", True),
])
def test_who_may_not_call_is_told_as_aws_does(emulator, stack, who, path, damaged):
    before = len(emulator.mlflow.seen)
    session = emulator.session(who) if who else None
    status, _, body = call(stack["Address"], session, "GET", path, damaged=damaged)
    assert (status, json.loads(body)) == (403, {"message": "Forbidden"})
    assert len(emulator.mlflow.seen) == before


def test_functions_get_the_event_with_the_caller(stack, client):
    _, _, body = call(stack["Address"], client, "GET", "/ops/%ED%95%9C?a=1&a=2")
    event = json.loads(body)
    assert (event["rawPath"], event["rawQueryString"]) == ("/ops/한", "a=1&a=2")
    caller = event["requestContext"]["authorizer"]["iam"]["userArn"]
    assert caller.endswith(":assumed-role/test-client/test")


def test_a_crash_does_not_tell_its_message(stack, client):
    status, _, body = call(stack["Address"], client, "GET", "/ops/crash")
    assert (status, json.loads(body)) == (500, {"message": "Internal Server Error"})


def test_a_function_sees_no_environment_of_the_emulator(stack, client):
    _, _, body = call(stack["Address"], client, "GET", "/ops/environment")
    environment = json.loads(body)
    assert environment["OWN"] == "yes"
    assert environment["AWS_ENDPOINT_URL"] in stack["Address"]
    leaked = ("LOCAL_", "PG", "TOWNIN_", "MINISTACK", "GATEWAY", "S3_", "AUTH", "STATE_")
    assert [name for name in environment if name.startswith(leaked)] == []


def test_cors_of_the_template_is_answered(stack):
    headers = {"origin": "https://example.com", "access-control-request-method": "GET"}
    _, answer, _ = call(stack["Address"], None, "OPTIONS", "/api/x", headers=headers)
    assert {k.lower(): v for k, v in answer.items()}["access-control-allow-origin"] == (
        "https://example.com")


def test_every_request_is_in_the_access_log_and_the_metrics(emulator, stack, client):
    call(stack["Address"], client, "GET", "/api/logged?a=b")
    call(stack["Address"], None, "GET", "/api/refused")
    events = emulator.client("logs").filter_log_events(logGroupName="/test/access")["events"]
    allowed, refused = (json.loads(event["message"]) for event in events[-2:])
    assert (allowed["path"], allowed["status"]) == ("/api/logged", 200)
    assert allowed["caller"].endswith(":assumed-role/test-client/test")
    assert (refused["path"], refused["status"], refused["caller"]) == ("/api/refused", 403, "-")
    api_id = stack["Address"].rsplit("/", 1)[-1]
    metrics = emulator.client("cloudwatch").list_metrics(
        Namespace="AWS/ApiGateway", Dimensions=[{"Name": "ApiId", "Value": api_id}])["Metrics"]
    assert {metric["MetricName"] for metric in metrics} == {"Count", "4xx", "5xx", "Latency"}


def test_an_address_that_no_api_has_is_not_found(stack):
    gone = stack["Address"].rsplit("/", 1)[0] + "/00000000"
    status, _, body = call(gone, None, "GET", "/api/x")
    assert (status, json.loads(body)) == (404, {"message": "Not Found"})
