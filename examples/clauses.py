"""Insurance clauses: three ways to cut them into chunks, and an index that finds them again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Clause:
    id: str
    product: str
    title: str
    text: str


@dataclass(frozen=True)
class Question:
    question: str
    # Id of the clause that answers it.
    clause: str


@dataclass(frozen=True)
class Chunk:
    # Ids of the clauses whose text it has, in their order.
    clauses: tuple[str, ...]
    text: str


def read_clauses() -> list[Clause]:
    return [Clause(**row) for row in _rows("clauses.jsonl")]


def read_questions() -> list[Question]:
    return [Question(**row) for row in _rows("questions.jsonl")]


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines() if line]


def by_clause(clauses: list[Clause]) -> list[Chunk]:
    """One chunk a clause, with its title in front."""
    return [Chunk((one.id,), f"{one.product} {one.title}. {one.text}") for one in clauses]


def by_sentence(clauses: list[Clause]) -> list[Chunk]:
    """One chunk a sentence: exact, but without what the title says."""
    return [
        Chunk((one.id,), sentence)
        for one in clauses
        for sentence in one.text.replace(". ", ".\n").split("\n")
    ]


def by_window(clauses: list[Clause], size: int = 220, step: int = 170) -> list[Chunk]:
    """Windows of characters over the running text, as a splitter that knows no clauses does it."""
    text, owners = "", []
    for one in clauses:
        text += one.text + " "
        owners += [one.id] * (len(one.text) + 1)
    chunks = []
    for start in range(0, len(text), step):
        inside = tuple(dict.fromkeys(owners[start : start + size]))
        chunks.append(Chunk(inside, text[start : start + size]))
    return chunks


STRATEGIES: dict[str, Callable[[list[Clause]], list[Chunk]]] = {
    "clause": by_clause,
    "sentence": by_sentence,
    "window-220": by_window,
}


class ChunkIndex:
    """Chunks with their vectors, in memory: the corpus is small."""

    def __init__(self, chunks: list[Chunk], embeddings: Embeddings) -> None:
        self.chunks = chunks
        self._embeddings = embeddings
        self._vectors = np.array(embeddings.embed_documents([one.text for one in chunks]))

    def search(self, question: str, count: int = 4) -> list[Chunk]:
        return self.nearest(np.array(self._embeddings.embed_query(question)), count)

    def nearest(self, vector: np.ndarray, count: int) -> list[Chunk]:
        order = np.argsort(-(self._vectors @ vector), kind="stable")
        return [self.chunks[position] for position in order[:count]]

    def to_json(self) -> str:
        rows = [{"clauses": one.clauses, "text": one.text} for one in self.chunks]
        return json.dumps(rows, ensure_ascii=False, indent=1)


def rank_of_answer(question: Question, found: list[Chunk]) -> int | None:
    """Place, from 1, of the first chunk with text of the clause that answers, or None."""
    for place, chunk in enumerate(found, start=1):
        if question.clause in chunk.clauses:
            return place
    return None
