"""Signatures against AWS's published test suite, and against botocore's own signer."""

from datetime import datetime, timezone

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from conftest import ACCESS_KEY, SECRET_KEY
from townin_mlops_client.signing import canonical_url, signature_headers

SUITE_TIME = datetime(2015, 8, 30, 12, 36, tzinfo=timezone.utc)
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = "application/x-www-form-urlencoded"


def sign(method, url, body=b"", content_type=None, service="service", token=None, at=SUITE_TIME):
    return signature_headers(
        method=method,
        url=url,
        body=body,
        content_type=content_type,
        credentials=ReadOnlyCredentials(ACCESS_KEY, SECRET_KEY, token),
        region="us-east-1",
        at=at,
        service=service,
    )


# Names and signatures of the AWS Signature Version 4 test suite; the last is the worked example of
# the AWS General Reference.
SUITE = {
    "get-vanilla": (
        ("GET", "/"),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-vanilla-query-order-key-case": (
        ("GET", "/?Param2=value2&Param1=value1"),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-vanilla-query-order-value": (
        ("GET", "/?Param1=value2&Param1=value1"),
        "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694",
    ),
    "get-vanilla-query-order-key": (
        ("GET", "/?Param1=value2&Param1=Value1"),
        "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1",
    ),
    "get-vanilla-empty-query-key": (
        ("GET", "/?Param1=value1"),
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    ),
    "get-vanilla-query-unreserved": (
        ("GET", f"/?{UNRESERVED}={UNRESERVED}"),
        "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    ),
    "get-vanilla-utf8-query": (
        ("GET", "/?ሴ=bar"),
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    ),
    "get-unreserved": (
        ("GET", f"/{UNRESERVED}"),
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ),
    "get-slash": (
        ("GET", "//"),
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-slashes": (
        ("GET", "//example//"),
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    ),
    "post-vanilla": (
        ("POST", "/"),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "post-x-www-form-urlencoded": (
        ("POST", "/", b"Param1=value1", FORM),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize("name", SUITE)
def test_signature_is_the_one_of_the_aws_test_suite(name):
    (method, path, *rest), expected = SUITE[name]
    url = canonical_url(f"https://example.amazonaws.com{path}")
    assert sign(method, url, *rest)["Authorization"].endswith(f"Signature={expected}")


def test_signature_is_the_one_of_the_general_references_example():
    url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"
    headers = sign("GET", url, content_type=f"{FORM}; charset=utf-8", service="iam")
    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


@pytest.mark.parametrize("token", [None, "session-token"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=with%20space", b""),
        ("GET", "/stage/api/3.0/mlflow/traces/tr-1%2F2?a=b&a=a", b""),
        ("POST", "/api/2.0/mlflow/runs/log-batch", '{"한글": 1}'.encode()),
        ("DELETE", "/api/2.0/mlflow/registered-models/alias", b"{}"),
    ],
)
def test_signature_is_the_one_that_botocore_makes(method, path, body, token):
    url = f"https://abc123.execute-api.us-east-1.amazonaws.com{path}"
    theirs = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"})
    credentials = ReadOnlyCredentials(ACCESS_KEY, SECRET_KEY, token)
    SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(theirs)
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    ours = sign(method, url, body, "application/json", "execute-api", token, at)
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == token


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=b+c", "a=b%20c"),
        ("a=b%2Bc", "a=b%2Bc"),
        ("b=2&a=3&b=1", "b=2&a=3&b=1"),
        ("f=name%3D%27x%27", "f=name%3D%27x%27"),
        ("f=(a):'b'*!", "f=%28a%29%3A%27b%27%2A%21"),
        ("t=%ed%95%9c", "t=%ED%95%9C"),
        ("t=한글 이름", "t=%ED%95%9C%EA%B8%80%20%EC%9D%B4%EB%A6%84"),
        ("raw=%ff", "raw=%FF"),
        ("percent=100%", "percent=100%25"),
        ("flag&empty=&&x=1", "flag=&empty=&x=1"),
        ("a=b=c", "a=b%3Dc"),
        ("", ""),
    ],
)
def test_query_is_spelt_as_aws_encodes_it_again(query, expected):
    url = canonical_url(f"https://host/some%20path//x?{query}#fragment")
    assert url == f"https://host/some%20path//x{'?' if expected else ''}{expected}"
    assert canonical_url(url) == url
