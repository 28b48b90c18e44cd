"""What the launcher reads from its environment; nothing else in this folder reads it."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Ports are all on 127.0.0.1. `data` holds everything that the emulator writes."""

    port: int
    data: Path
    region: str
    postgres_port: int
    postgres_admin: str
    postgres_password: str
    data_api_port: int
    mlflow_port: int
    supervisor_port: int
    supervisor_token: str

    @property
    def endpoint(self) -> str:
        """The address of every emulated service, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


def read(environment=os.environ) -> Settings:
    """Read the settings; an invalid one ends the program with a sentence that names the variable."""
    port = _port(environment, "GATEWAY_PORT", 4566)
    return Settings(
        port=port,
        data=Path(environment.get("LOCAL_EMULATOR_DATA") or ".local/emulator").resolve(),
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
        data_api_port=_port(environment, "LOCAL_DATA_API_PORT", port + 1),
        postgres_port=_port(environment, "LOCAL_PG_PORT", port + 2),
        postgres_admin=environment.get("LOCAL_PG_ADMIN") or "postgres",
        postgres_password=environment.get("LOCAL_PG_PASSWORD") or "",
        mlflow_port=_port(environment, "LOCAL_MLFLOW_PORT", port + 3),
        supervisor_port=_port(environment, "LOCAL_SUPERVISOR_PORT", port + 5),
        supervisor_token=environment.get("LOCAL_SUPERVISOR_TOKEN") or "",
    )


def _port(environment, name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit(f"{name} must be a port number between 1 and 65535, but it is {text!r}.")
    return int(text)
