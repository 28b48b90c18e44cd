"""Says in a refused response why the front door refused, and what to do."""

from __future__ import annotations

import json

import requests


def explain(response: requests.Response, access_key: str, region: str) -> None:
    """Rewrites the body of a 401 or 403 of the front door into MLflow's error shape.

    API Gateway answers a bare ``{"message": "Forbidden"}`` that cannot be configured, which the
    MLflow client reports as an internal error. Refusals of MLflow itself (they have an
    ``error_code``) and of the cost API (problem documents) stay as they are.
    """
    if response.status_code not in (401, 403):
        return
    try:
        body = response.json()
    except ValueError:
        return
    if not isinstance(body, dict) or "error_code" in body or "title" in body:
        return
    said = str(body.get("message") or body.get("Message") or "Forbidden")
    request = response.request
    message = (
        f"The front door refused {request.method} {request.path_url.split('?')[0]} with status "
        f"{response.status_code} ({said}). {_advice(said, access_key, region)}"
    )
    response._content = json.dumps(
        {"error_code": "PERMISSION_DENIED", "message": message}
    ).encode()
    response.headers["Content-Type"] = "application/json"
    response.encoding = "utf-8"


def _advice(said: str, access_key: str, region: str) -> str:
    lowered = said.lower()
    who = f"the identity of access key ...{access_key[-4:]}"
    if "expired" in lowered and "signature" not in lowered:
        return "The AWS session token has expired: sign in again, or renew the credentials."
    if "signature" in lowered:
        return (
            f"Check the secret key of {who}, that the platform is in region {region}, and that no "
            "proxy changes the request."
        )
    if "security token" in lowered or "unrecognized" in lowered:
        return f"AWS does not know {who}: check AWS_PROFILE and the credentials."
    return (
        f"Either {who} lacks the client policy: attach the managed policy in the stack's output "
        f"ClientPolicyArn to its role or user (for approvals and rollbacks of /ops also the one in "
        f"ReleasePolicyArn). Or the signature is not valid there: check the "
        f"credentials, and that the platform is in region {region}."
    )
