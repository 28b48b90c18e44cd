"""Temporary credentials of a role, for what AWS would run under it."""

import secrets

from ministack.core.responses import get_account_id
from ministack.services import sts


def credentials(role_arn: str, session_name: str) -> dict[str, str]:
    """Register a session of the role; its calls are checked against the role's policies."""
    access_key = f"ASIA{secrets.token_hex(8).upper()}"
    secret, token = secrets.token_hex(20), secrets.token_hex(32)
    role = role_arn.rsplit("/", 1)[-1]
    sts.register_session(access_key, {
        "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{role}/{session_name}",
        "UserId": f"{role}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    })
    return {
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }
