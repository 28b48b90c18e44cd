"""The platform's API, played by a server that answers what a test lays out for it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import platform_api
from platform_api import PlatformApi, PlatformError, require_completed, show
from session import connect, exit_with_a_sentence


class Platform:
    def __init__(self):
        self.requests = []
        self.answers = []

    def answer(self, status, body=None, **headers):
        self.answers.append((status, body or {}, headers))


@pytest.fixture
def platform(monkeypatch):
    played = Platform()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            played.requests.append((self.command, self.path, body))
            status, answer, headers = played.answers.pop(0) if len(played.answers) > 1 else played.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}/")
    yield played
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def api(platform, pauses):
    return PlatformApi(patience=5, sleep=pauses.append)


def test_an_evaluation_is_started_with_a_key_of_its_own(platform, api):
    platform.answer(202, {"id": "ev-1"})
    assert api.start_evaluation("graphrag", metrics=["retrieval_mrr"]) == "ev-1"
    api.start_evaluation("graphrag")
    (method, path, first), (_, _, second) = platform.requests
    assert (method, path) == ("POST", "/ops/evaluations")
    assert first["workload"] == "graphrag" and first["metrics"] == ["retrieval_mrr"]
    assert first["idempotencyKey"] != second["idempotencyKey"]


def test_what_passes_is_tried_again_with_the_same_key(platform, api, pauses):
    platform.answer(503, {"detail": "asleep"}, Retry_After="2")
    platform.answer(429, {"detail": "too many"})
    platform.answer(200, {"id": "ev-1"})
    assert api.start_evaluation("graphrag") == "ev-1"
    assert len({body["idempotencyKey"] for _, _, body in platform.requests}) == 1
    assert pauses == [2, 1.0]


def test_what_does_not_pass_within_the_patience_is_an_error(platform, api):
    platform.answer(503, {"detail": "asleep"}, Retry_After="60")
    with pytest.raises(PlatformError, match="503: asleep"):
        api.evaluation("ev-1")
    assert len(platform.requests) == 1


def test_a_refusal_says_what_is_wrong_and_is_not_repeated(platform, api):
    platform.answer(
        400, {"detail": "The request is invalid.", "violations": [{"field": "body.judge", "message": "is unknown"}]}
    )
    with pytest.raises(PlatformError, match="400: The request is invalid. body.judge is unknown"):
        api.start_evaluation("graphrag")
    assert len(platform.requests) == 1


def test_a_plain_mlflow_server_is_named_as_such(platform, api):
    platform.answer(404)
    with pytest.raises(PlatformError, match="a plain MLflow server"):
        api.report_outcomes([{}])


def test_nobody_there_is_a_sentence(api, monkeypatch):
    api._base = "http://127.0.0.1:9"
    api._patience = 0
    with pytest.raises(PlatformError, match="cannot be reached"):
        api.evaluation("ev-1")


def test_rows_are_read_over_all_pages(platform, api):
    platform.answer(200, {"rows": [{"id": 1}], "nextOffset": 1})
    platform.answer(200, {"rows": [{"id": 2}], "nextOffset": None})
    assert [row["id"] for row in api.rows("ev-1", metric="faithfulness")] == [1, 2]
    assert [path for _, path, _ in platform.requests] == [
        "/ops/evaluations/ev-1/rows?limit=100&metric=faithfulness&offset=0",
        "/ops/evaluations/ev-1/rows?limit=100&metric=faithfulness&offset=1",
    ]


def test_waiting_ends_when_all_have_ended(platform, api, pauses, capsys):
    platform.answer(200, {"status": "running"})
    platform.answer(200, {"status": "failed", "id": "b"})
    platform.answer(200, {"status": "completed", "id": "a"})
    ended = api.wait(["a", "b"])
    assert {one: found["status"] for one, found in ended.items()} == {"a": "completed", "b": "failed"}
    assert pauses == [1]
    assert capsys.readouterr().out.splitlines() == [
        "  1 of 2 evaluations have ended",
        "  2 of 2 evaluations have ended",
    ]


def test_waiting_has_an_end(platform, api):
    platform.answer(200, {"status": "running"})
    with pytest.raises(PlatformError, match="After 0 s these evaluations have not ended: a"):
        api.wait(["a"], seconds=0)


def test_an_evaluation_with_lost_rows_is_no_result():
    lost = {"id": "ev-1", "workload": "graphrag", "status": "incomplete", "reason": "3 rows failed."}
    with pytest.raises(PlatformError, match="ev-1 of graphrag is incomplete: 3 rows failed."):
        require_completed(lost)


def test_a_program_ends_with_the_sentence():
    with pytest.raises(SystemExit, match="refused"), exit_with_a_sentence():
        raise PlatformError("refused")


def test_our_own_mistakes_keep_their_traceback():
    with pytest.raises(ZeroDivisionError), exit_with_a_sentence():
        print(1 / 0)


def test_a_platform_that_is_not_there_is_said_at_once(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9/")
    with pytest.raises(SystemExit, match="http://127.0.0.1:9/ does not answer"):
        connect("graphrag")


def test_figures_are_shown_with_what_they_rest_on():
    common = {"lower": 0.9, "upper": 1, "samples": 40}
    evaluation = {
        "figures": [
            {"metric": "faithfulness", "value": 0.975, "verdict": "met", **common},
            {"metric": "latency", "value": 12.0, "verdict": None, "lower": None, "upper": None, "samples": 4},
            {"metric": "citation_accuracy", "value": None, "verdict": "unproven", **common},
        ]
    }
    assert show(evaluation, ["faithfulness", "latency", "citation_accuracy", "other"]) == (
        "faithfulness 0.975 (0.9 to 1, n 40) met, latency 12, citation_accuracy unknown, other unknown"
    )


def test_every_ending_is_known():
    assert set(platform_api.ENDED) == {"completed", "incomplete", "failed", "cancelled"}


def test_a_rollback_is_sent_once_and_says_with_which_status_it_was_refused(platform, api):
    platform.answer(503, {"detail": "waking up"})
    with pytest.raises(PlatformError) as refused:
        api.roll_back("prompt", "claims/답변", "worse", to=2)
    assert refused.value.status == 503
    assert platform.requests == [
        ("POST", "/ops/prompts/claims%2F%EB%8B%B5%EB%B3%80/rollbacks", {"reason": "worse", "to": 2})
    ]
