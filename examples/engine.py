"""Townin's AI engine in small: answers questions over HTTP, as evaluations ask them.

    python examples/engine.py --port 4573

`POST /graphrag/answer` and `POST /fp-copilot/answer` follow the protocol of docs/evaluation.md; each
answer is a trace of its workload. Needs the same variables as graphrag.py. With ENGINE_TOKEN set,
callers must send it as a bearer token.
"""

import argparse
import hmac
import os
import sys
import threading
import time
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Literal
from uuid import uuid4

# The default queue drops traces of a burst without a word.
os.environ.setdefault("MLFLOW_ASYNC_TRACE_LOGGING_MAX_QUEUE_SIZE", "20000")

import mlflow
import openai
import requests
import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, Field

from answering import Answerer
from prompts import COPILOT_PROMPT, INSURANCE_QA, Prompt
from time_limit import TooLate, alone, within

REPORT_EVERY_SECONDS = 3
PROMPT_WITHIN_SECONDS = 10
FLUSH_WITHIN_SECONDS = 15
# How long it may take until a new production version is noticed.
CURRENT_FOR_SECONDS = 10


class Refusal(Exception):
    """An error that is answered with its status and its sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Inputs(BaseModel):
    question: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


class Subject(BaseModel):
    """What is to answer."""

    kind: Literal["application", "model-version", "prompt-version"] = "application"
    name: str | None = None
    version: Annotated[str | None, Field(pattern=r"^[1-9][0-9]{0,9}$")] = None


class Evaluation(BaseModel):
    """Who asks; absent for people."""

    id: str
    row: str


class Question(BaseModel):
    inputs: Inputs
    subject: Subject = Subject()
    evaluation: Evaluation | None = None


class PromptShelf:
    """Versions of a prompt from MLflow's registry. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: tuple[float, str] | None = None

    def current(self) -> tuple[Prompt, str]:
        """The production version of the copilot's prompt, or the latest while there is none."""
        with alone(self._lock, PROMPT_WITHIN_SECONDS):
            if self._current is None or self._current[0] < time.monotonic():
                version = self._load(f"prompts:/{COPILOT_PROMPT}@production") or self._load(
                    f"prompts:/{COPILOT_PROMPT}@latest"
                )
                if version is None:
                    raise Refusal(
                        409, f"There is no prompt {COPILOT_PROMPT}: run examples/fp_copilot.py."
                    )
                until = time.monotonic() + CURRENT_FOR_SECONDS
                self._current = (until, str(version.version))
            number = self._current[1]
        return self.version(COPILOT_PROMPT, number), number

    def version(self, name: str, number: str) -> Prompt:
        found = self._load(f"prompts:/{name}/{number}")
        if found is None:
            raise Refusal(404, f"MLflow has no version {number} of a prompt {name}.")
        missing = {"clauses", "question"} - set(found.variables)
        if not isinstance(found.template, str) or missing:
            raise Refusal(
                422, f"Version {number} of {name} is no text with {{{{clauses}}}} and {{{{question}}}}."
            )
        return Prompt(f"{name}:{number}", found.template)

    def _load(self, uri: str):
        # MLflow's client would keep for a minute which version an alias points to; versions never change.
        fresh = {"cache_ttl_seconds": 0} if "@" in uri else {}

        def load():
            return mlflow.genai.load_prompt(
                uri, allow_missing=True, link_to_model=False, **fresh
            )

        return within(PROMPT_WITHIN_SECONDS, load)


answerers = {workload: Answerer(workload) for workload in ("graphrag", "fp-copilot")}
shelf = PromptShelf()
stopping = threading.Event()


@asynccontextmanager
async def lifespan(_: FastAPI):
    mlflow.langchain.autolog(silent=True)
    reporter = threading.Thread(target=_report_calls, name="calls")
    reporter.start()
    yield
    stopping.set()
    reporter.join()
    with suppress(TooLate):
        within(FLUSH_WITHIN_SECONDS, lambda: mlflow.flush_trace_async_logging(terminate=True))


app = FastAPI(title="AI engine", lifespan=lifespan)


@app.get("/health")
def health() -> dict:
    return {"status": "ok"}


@app.post("/graphrag/answer")
def answer_graphrag(question: Question, authorization: Annotated[str, Header()] = "") -> dict:
    require_token(authorization)
    subject = question.subject
    if subject.kind == "application":
        return reply("graphrag", question, INSURANCE_QA["insurance_qa:v2.4"], subject)
    return reply("graphrag", question, prompt_of(subject), subject)


@app.post("/fp-copilot/answer")
def answer_copilot(question: Question, authorization: Annotated[str, Header()] = "") -> dict:
    require_token(authorization)
    subject = question.subject
    if subject.kind == "application":
        prompt, number = shelf.current()
        # The application says which version it is, unasked.
        used = Subject(kind="prompt-version", name=COPILOT_PROMPT, version=number)
        return reply("fp-copilot", question, prompt, used)
    return reply("fp-copilot", question, prompt_of(subject), subject)


def prompt_of(subject: Subject) -> Prompt:
    if subject.kind != "prompt-version" or not subject.name or not subject.version:
        raise Refusal(422, "This endpoint answers as application or as a prompt-version with name and version.")
    return shelf.version(subject.name, subject.version)


def reply(workload: str, asked: Question, prompt: Prompt, used: Subject) -> dict:
    unit = f"{asked.evaluation.id}/{asked.evaluation.row}" if asked.evaluation else f"Q-{uuid4()}"
    evaluation = asked.evaluation.id if asked.evaluation else None
    answer = answerers[workload].answer(asked.inputs.question, prompt, unit, evaluation)
    return {
        "outputs": {
            "answer": answer.text,
            "confidence": answer.confidence,
            "retrieved": [one.id for one in answer.clauses],
        },
        "contexts": [{"id": one.id, "text": one.text} for one in answer.clauses],
        "subject": used.model_dump(exclude_none=True),
        "traceId": answer.trace_id,
    }


def require_token(authorization: str) -> None:
    token = os.environ.get("ENGINE_TOKEN")
    if token and not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        raise Refusal(401, "Send the token of ENGINE_TOKEN as authorization: Bearer.")


@app.exception_handler(Refusal)
def on_refusal(_: Request, refusal: Refusal) -> JSONResponse:
    return error(refusal.status, str(refusal))


@app.exception_handler(RequestValidationError)
def on_bad_request(_: Request, bad: RequestValidationError) -> JSONResponse:
    wrong = "; ".join(
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in bad.errors()
    )
    return error(422, f"The request does not follow docs/evaluation.md: {wrong}")


@app.exception_handler(openai.OpenAIError)
def on_llm_error(_: Request, failed: openai.OpenAIError) -> JSONResponse:
    passing = (
        openai.APIConnectionError,
        openai.RateLimitError,
        openai.InternalServerError,
    )
    if isinstance(failed, passing):
        return error(503, f"The model cannot answer now: {failed}")
    return error(502, f"The model refused the call: {failed}")


@app.exception_handler(MlflowException)
@app.exception_handler(TooLate)
@app.exception_handler(requests.RequestException)
def on_mlflow_error(_: Request, failed: Exception) -> JSONResponse:
    return error(503, f"MLflow cannot answer now: {str(failed)[:300]}")


def error(status: int, reason: str) -> JSONResponse:
    headers = {"Retry-After": "1"} if status == 503 else {}
    return JSONResponse({"error": reason}, status, headers)


def _report_calls() -> None:
    """Tells the platform of the calls made, every few seconds and once more at the end."""
    ended = False
    while not ended:
        ended = stopping.wait(REPORT_EVERY_SECONDS)
        for workload, answerer in answerers.items():
            if answerer.counter.total == 0:
                continue
            try:
                answerer.counter.report(workload)
            except Exception as failed:  # The next round tries again.
                print(f"Calls of {workload} not reported yet: {failed}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Answers questions of evaluations over HTTP.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("ENGINE_PORT", "4573")))
    port = parser.parse_args().port
    print(f"AI engine: http://127.0.0.1:{port}", flush=True)
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=20
    )


if __name__ == "__main__":
    main()
