"""The engine's side of the endpoint protocol, with the model and MLflow left out."""

import threading
from types import SimpleNamespace

import httpx
import openai
import pytest
from fastapi.testclient import TestClient
from mlflow.exceptions import MlflowException

import engine
from answering import Answer
from clauses import read_clauses
from time_limit import TooLate, alone, within

CLAUSES = read_clauses()[:2]


class Answers:
    """Stands in for an Answerer; keeps what it was asked."""

    def __init__(self):
        self.asked = []
        self.failure = None

    def answer(self, question, prompt, unit, evaluation):
        self.asked.append((question, prompt.label, unit, evaluation))
        if self.failure:
            raise self.failure
        return Answer("30일 이내 [common-01]", 0.8, CLAUSES, "tr-1")


@pytest.fixture
def answers(monkeypatch):
    played = {workload: Answers() for workload in ("graphrag", "fp-copilot")}
    monkeypatch.setattr(engine, "answerers", played)
    return played


@pytest.fixture
def registry(monkeypatch):
    """Prompts by URI; a URI that is not there is a version that is not there."""
    template = "{{clauses}} {{question}}"
    found = {
        f"prompts:/fp_copilot_answer/{number}": SimpleNamespace(
            version=number, template=template, variables={"clauses", "question"}
        )
        for number in (1, 2, 3)
    }
    found["prompts:/fp_copilot_answer@latest"] = found["prompts:/fp_copilot_answer/3"]
    monkeypatch.setattr(engine, "shelf", engine.PromptShelf())

    def load(uri, allow_missing, link_to_model, cache_ttl_seconds=None):
        # MLflow would keep an alias for a minute.
        assert ("@" in uri) == (cache_ttl_seconds == 0)
        return found.get(uri)

    monkeypatch.setattr(engine.mlflow.genai, "load_prompt", load)
    return found


@pytest.fixture
def client(answers):
    # Not as a context: nothing is reported and nothing is traced.
    return TestClient(engine.app, raise_server_exceptions=False)


def ask(client, path="/graphrag/answer", **body):
    return client.post(path, json=question(**body))


def question(**body):
    return {"inputs": {"question": "승낙은 며칠 안에 하나요?"}, **body}


PROMPT_2 = {"kind": "prompt-version", "name": "fp_copilot_answer", "version": "2"}


def test_an_answer_has_all_that_an_evaluation_reads(client):
    assert ask(client, subject={"kind": "application"}).json() == {
        "outputs": {
            "answer": "30일 이내 [common-01]",
            "confidence": 0.8,
            "retrieved": ["common-01", "common-02"],
        },
        "contexts": [{"id": one.id, "text": one.text} for one in CLAUSES],
        "subject": {"kind": "application"},
        "traceId": "tr-1",
    }


def test_what_an_evaluation_asks_is_a_unit_of_that_evaluation(client, answers):
    ask(client, evaluation={"id": "ev-1", "row": "graphrag-001"})
    ask(client)
    (_, _, unit, evaluation), (_, _, other, nobody) = answers["graphrag"].asked
    assert (unit, evaluation) == ("ev-1/graphrag-001", "ev-1")
    assert other.startswith("Q-") and nobody is None


def test_the_prompt_version_that_was_asked_for_is_used_and_echoed(client, answers, registry):
    answer = ask(client, "/fp-copilot/answer", subject=PROMPT_2)
    assert answer.json()["subject"] == PROMPT_2
    assert answers["fp-copilot"].asked[0][1] == "fp_copilot_answer:2"


def test_the_application_uses_the_production_version_and_the_latest_before_there_is_one(
    client, registry
):
    assert ask(client, "/fp-copilot/answer").json()["subject"]["version"] == "3"
    registry["prompts:/fp_copilot_answer@production"] = registry["prompts:/fp_copilot_answer/1"]
    engine.shelf._current = None
    assert ask(client, "/fp-copilot/answer").json()["subject"]["version"] == "1"


def test_a_version_that_does_not_exist_is_a_404(client, registry):
    answer = ask(client, "/fp-copilot/answer", subject={**PROMPT_2, "version": "9"})
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "MLflow has no version 9 of a prompt fp_copilot_answer."},
    )


def test_without_any_version_the_copilot_says_what_to_do(client, registry):
    registry.clear()
    answer = ask(client, "/fp-copilot/answer")
    assert answer.status_code == 409
    assert "run examples/fp_copilot.py" in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inputs": {}},
        {"inputs": {"question": " "}},
        {"inputs": {"question": "x" * 2001}},
        {"inputs": {"question": "?"}, "subject": {"kind": "model-version", "name": "m", "version": "1"}},
        {"inputs": {"question": "?"}, "subject": {"kind": "prompt-version"}},
        {"inputs": {"question": "?"}, "subject": {**PROMPT_2, "version": "latest"}},
        {"inputs": {"question": "?"}, "evaluation": {"id": "ev-1"}},
    ],
)
def test_a_bad_request_is_a_422_with_a_sentence(client, body):
    for path in ("/graphrag/answer", "/fp-copilot/answer"):
        answer = client.post(path, json=body)
        assert answer.status_code == 422
        assert len(answer.json()["error"]) > 20


def failed_call(kind, status):
    request = httpx.Request("POST", "http://llm/v1")
    return kind("broken", response=httpx.Response(status, request=request), body=None)


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (openai.APIConnectionError(request=httpx.Request("POST", "http://llm/v1")), 503),
        (openai.APITimeoutError(request=httpx.Request("POST", "http://llm/v1")), 503),
        (failed_call(openai.RateLimitError, 429), 503),
        (failed_call(openai.InternalServerError, 500), 503),
        (failed_call(openai.AuthenticationError, 401), 502),
        (MlflowException("away"), 503),
        (TooLate("There was no answer in 10 s."), 503),
    ],
)
def test_what_may_pass_is_a_503_that_says_who_failed(client, answers, failure, status):
    answers["graphrag"].failure = failure
    answer = ask(client)
    assert answer.status_code == status
    assert answer.json()["error"].startswith(("The model", "MLflow"))
    assert ("retry-after" in answer.headers) == (status == 503)


def test_a_token_is_asked_for_when_there_is_one(client, monkeypatch):
    monkeypatch.setenv("ENGINE_TOKEN", "secret")
    assert ask(client).status_code == 401
    for token, status in (("secret", 200), ("other", 401)):
        headers = {"authorization": f"Bearer {token}"}
        assert client.post("/graphrag/answer", json=question(), headers=headers).status_code == status


def test_it_says_that_it_is_up(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_a_call_that_takes_too_long_is_left_alone():
    with pytest.raises(TooLate, match="no answer in 0.01 s"):
        within(0.01, lambda: threading.Event().wait(1))
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)


def test_nobody_waits_behind_a_call_that_hangs():
    lock = threading.Lock()
    with alone(lock, 1), pytest.raises(TooLate, match="Others were waiting"), alone(lock, 0.01):
        pass
    assert not lock.locked()
