"""The plugin that MLflow looks up by ``MLFLOW_TRACKING_AUTH=townin``."""

from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider

from townin_mlops_client.auth import FrontDoorAuth


class TowninRequestAuthProvider(RequestAuthProvider):
    """Signs each request of the MLflow client with the caller's AWS credentials."""

    def __init__(self) -> None:
        # MLflow asks for the auth of every request: one object keeps one session of credentials.
        self._auth = FrontDoorAuth()

    def get_name(self) -> str:
        return "townin"

    def get_auth(self) -> FrontDoorAuth:
        return self._auth
