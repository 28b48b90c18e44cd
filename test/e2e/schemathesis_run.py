"""Sends what schemathesis makes of openapi.json through the front door, signed as a client."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import requests
from townin_mlops_client import FrontDoorAuth

front_door = os.environ["FRONT_DOOR"].rstrip("/")
answer = requests.get(f"{front_door}/ops/openapi.json", auth=FrontDoorAuth(), timeout=30)
answer.raise_for_status()

with tempfile.TemporaryDirectory() as folder:
    document = Path(folder) / "openapi.json"
    document.write_text(json.dumps(answer.json()))
    hooks = Path(folder) / "hooks.py"
    hooks.write_text(
        "import schemathesis\n"
        "from townin_mlops_client import FrontDoorAuth\n"
        "@schemathesis.auth()\n"
        "class Signed:\n"
        "    def get(self, case, context):\n"
        "        return FrontDoorAuth()\n"
        "    def set(self, case, data, context):\n"
        "        case._auth = data\n"
    )
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "run", str(document), "--url", front_door,
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
            "response_schema_conformance,negative_data_rejection",
            "--max-examples", "5", "--seed", "1", "--no-color", "--phases", "examples,coverage,fuzzing",
        ],
        env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": folder},
        cwd=folder,
    )
sys.exit(done.returncode)
