"""MLflow's own OpenTelemetry endpoint in front of the test database, without the rest of its server."""

import os
import socket

import uvicorn
from fastapi import FastAPI
from mlflow.server import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR

os.environ[BACKEND_STORE_URI_ENV_VAR] = "postgresql+psycopg2://"
os.environ[ARTIFACT_ROOT_ENV_VAR] = os.environ["ARTIFACT_ROOT"]

from mlflow.server.otel_api import otel_router  # noqa: E402

app = FastAPI()
app.include_router(otel_router)

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
