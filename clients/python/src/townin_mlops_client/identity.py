"""Who signs: AWS credentials that stay fresh, and the region of a front door."""

from __future__ import annotations

import os
import re
import threading
from typing import Any

import botocore.session
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import BotoCoreError

_EXECUTE_API_HOST = re.compile(
    r"\.execute-api(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$"
)

# When one of these changes, the credentials that were found before are no longer the caller's.
_CREDENTIAL_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


class SigningError(Exception):
    """A request cannot be signed; the message says what to do about it."""


class Identity:
    """The caller's AWS identity: looked up once, refreshed by botocore before it expires."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._session: Any = None
        self._credentials: Any = None
        self._found_for: tuple[Any, ...] = ()

    def credentials(self) -> ReadOnlyCredentials:
        """Credentials that are valid now.

        Raises:
            SigningError: there are none, or they cannot be renewed.
        """
        try:
            with self._lock:
                self._look_up()
                credentials = self._credentials
            # Outside the lock: a refresh may take seconds, and botocore guards it itself.
            frozen = credentials.get_frozen_credentials() if credentials else None
        except (BotoCoreError, RuntimeError) as error:
            raise SigningError(
                f"The AWS credentials could not be loaded or renewed: {error}. Sign in again (for "
                "example `aws sso login`), or check the role or profile they come from."
            ) from error
        if frozen is None or not frozen.access_key:
            raise SigningError(
                "No AWS credentials were found to sign the request with. Set AWS_PROFILE, or "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`; on AWS, give "
                "the task, function or instance a role."
            )
        return frozen

    def region_for(self, host: str) -> str:
        """Region of a front door: from its name, else AWS_REGION, else the caller's configuration.

        Raises:
            SigningError: the host does not say, and nothing else does.
        """
        match = _EXECUTE_API_HOST.search(host)
        if match:
            return match.group(1)
        region = os.environ.get("AWS_REGION") or self._configured_region()
        if not region:
            raise SigningError(
                f"The AWS region of {host} is not known: its name does not tell it. Set AWS_REGION "
                "to the region that the platform is deployed in."
            )
        return region

    def _configured_region(self) -> str | None:
        try:
            with self._lock:
                self._look_up()
                return self._session.get_config_variable("region")
        except BotoCoreError as error:
            raise SigningError(f"The AWS configuration cannot be read: {error}") from error

    def _look_up(self) -> None:
        # The process id: a forked worker must not share locks and connections with its parent.
        wanted = (os.getpid(), *(os.environ.get(name) for name in _CREDENTIAL_VARIABLES))
        if self._session is not None and self._credentials and self._found_for == wanted:
            return
        # Nothing that is missing is remembered, so that a later sign-in is noticed.
        session = botocore.session.Session()
        self._session, self._credentials, self._found_for = session, None, wanted
        self._credentials = session.get_credentials()
