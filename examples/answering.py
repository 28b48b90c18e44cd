"""Finds the clauses that a question is about and has a model answer from them, traced by workload."""

import math
import threading
from dataclasses import dataclass
from functools import cached_property

import mlflow
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from mlflow.entities import Document, SpanType
from mlflow.entities.trace_location import MlflowExperimentLocation
from townin_mlops_client.spans import require_spans
from townin_mlops_client.tracing import trace_embeddings

from call_count import CallCounter
from clauses import STRATEGIES, ChunkIndex, Clause, read_clauses
from prompts import Prompt
from session import stamp, tag_unit
from time_limit import alone, within

# The best of the strategies that graphrag.py compares.
CHUNKING = "titled-sentence"
CLAUSES = 4
MODEL = "gpt-4o-mini"
# How long MLflow may take to say where traces go.
MLFLOW_SECONDS = 10
# What the model answers when it finds nothing in the clauses.
NOT_FOUND = ("찾을 수 없습니다", "not in the given clauses")


@dataclass(frozen=True)
class Answer:
    text: str
    # 0 to 1.
    confidence: float
    # Best first.
    clauses: list[Clause]
    trace_id: str


class Answerer:
    """Answers the questions of one workload. Safe to share between threads."""

    def __init__(self, workload: str) -> None:
        self.workload = workload
        self.counter = CallCounter()
        self._clauses = {one.id: one for one in read_clauses()}
        self._lock = threading.Lock()
        # One attempt more: whoever asks waits for no more than half a minute.
        limits = {"max_retries": 1, "timeout": 10, "http_client": self.counter.http_client}
        self._model = ChatOpenAI(model=MODEL, temperature=0, **limits)
        self._embeddings = trace_embeddings(
            OpenAIEmbeddings(
                model="text-embedding-3-small",
                # The check needs an encoding that tiktoken downloads; clauses are far below the limit.
                check_embedding_ctx_length=False,
                **limits,
            )
        )

    def answer(self, question: str, prompt: Prompt, unit: str, evaluation: str | None) -> Answer:
        """Answers a question as a trace of its own.

        Args:
            question: in Korean or English.
            prompt: what the model is told.
            unit: id of the query, for its cost.
            evaluation: id of the evaluation that asks; None for people.
        """
        index = self._index()
        with mlflow.start_span(
            "answer_query", SpanType.CHAIN, trace_destination=self._location
        ) as span:
            tag_unit("query", unit, prompt.label)
            if evaluation:
                # Tells such traces from production's, which evaluations may judge themselves.
                mlflow.update_current_trace(tags={"ops.evaluation.id": evaluation})
            span.set_inputs({"question": question})
            found = self._retrieve(index, question)
            clauses = [clause for clause, _ in found]
            text = str(self._model.invoke(prompt.fill(clauses, question)).content)
            confidence = confidence_in(text, found[0][1])
            span.set_outputs({"answer": text, "confidence": confidence})
            return Answer(text, confidence, clauses, span.trace_id)

    def _retrieve(self, index: ChunkIndex, question: str) -> list[tuple[Clause, float]]:
        with mlflow.start_span("find_clauses", SpanType.RETRIEVER) as span:
            span.set_inputs({"question": question, "count": CLAUSES})
            found = [
                (self._clauses[clause], nearness)
                for clause, nearness in index.search(question, CLAUSES)
            ]
            span.set_outputs([as_document(clause) for clause, _ in found])
            return found

    def _index(self) -> ChunkIndex:
        # Others wait: without it they can do nothing, and one is enough.
        with alone(self._lock, MLFLOW_SECONDS):
            return self._built_index

    @cached_property
    def _built_index(self) -> ChunkIndex:
        with mlflow.start_span(
            "build_index", SpanType.CHAIN, trace_destination=self._location
        ):
            tag_unit("graph-build", f"engine-{stamp()}", "none")
            return ChunkIndex(STRATEGIES[CHUNKING](list(self._clauses.values())), self._embeddings)

    @cached_property
    def _location(self) -> MlflowExperimentLocation:
        def find() -> str:
            # Who waits has given up before it does.
            require_spans(2 * MLFLOW_SECONDS)
            found = mlflow.get_experiment_by_name(self.workload)
            return found.experiment_id if found else mlflow.create_experiment(self.workload)

        return MlflowExperimentLocation(within(MLFLOW_SECONDS, find))


def as_document(clause: Clause) -> Document:
    """A clause in the form in which MLflow, and so an evaluation of traces, reads what was retrieved."""
    return Document(page_content=clause.text, id=clause.id, metadata={"doc_uri": clause.id})


def confidence_in(answer: str, nearness: float) -> float:
    """How sure the engine is of an answer, 0 to 1, by the cosine of question and nearest clause.

    A logistic regression on which of the answers to `graphrag-questions` were right, with the
    embeddings of the local stand-in; fit it anew for others.
    """
    if any(words in answer for words in NOT_FOUND):
        return 0.1
    return round(1 / (1 + math.exp(0.39 - 4.98 * nearness)), 3)
