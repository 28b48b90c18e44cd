import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

mlflow = pytest.importorskip("mlflow")

from mlflow.store.tracking.rest_store import RestStore  # noqa: E402
from mlflow.utils.credentials import get_default_host_creds  # noqa: E402
from townin_mlops_client.spans import require_spans  # noqa: E402


@pytest.fixture
def server(monkeypatch):
    """An MLflow server that is too busy for the first requests; their number is `busy`."""

    class Handler(BaseHTTPRequestHandler):
        busy = 0
        asked = 0

        def do_GET(self):
            Handler.asked += 1
            status = 503 if Handler.asked <= Handler.busy else 200
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"3.17.2")

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"http://127.0.0.1:{listening.server_port}")
    RestStore._get_server_version.cache_clear()
    yield Handler
    mlflow.set_tracking_uri(before)
    RestStore._get_server_version.cache_clear()
    listening.shutdown()


def version_known_to_client():
    return RestStore._get_server_version(get_default_host_creds(mlflow.get_tracking_uri()))


def test_a_server_that_was_too_busy_once_would_get_no_spans_for_ever(server):
    server.busy = 1
    assert version_known_to_client() is None
    assert version_known_to_client() is None
    assert server.asked == 1


def test_it_is_asked_until_its_version_is_known(server):
    server.busy = 2
    require_spans(patience=30)
    assert server.asked == 3
    assert str(version_known_to_client()) == "3.17.2"
    assert server.asked == 3


def test_a_server_that_stays_away_is_an_error_with_a_sentence(server):
    server.busy = 1_000
    with pytest.raises(TimeoutError, match="without their spans"):
        require_spans(patience=0)


def test_a_store_without_a_server_needs_none(server):
    mlflow.set_tracking_uri("sqlite:///nowhere.db")
    require_spans(patience=0)
    assert server.asked == 0
