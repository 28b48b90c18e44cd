"""Insurance clauses: three ways to cut them into chunks, and an index that finds them again."""

import json
from collections import Counter
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
    id: str
    question: str
    # Ids of the clauses that answer it together; none where the corpus has no answer.
    clauses: tuple[str, ...]
    # Words of the question at which a walk through the graph begins.
    entries: tuple[str, ...]
    # What a right answer says, in the clause's own words; empty where the corpus has no answer.
    answer: str = ""


@dataclass(frozen=True)
class Chunk:
    # Ids of the clauses whose text it has, the one with most of it first.
    clauses: tuple[str, ...]
    text: str


def read_clauses() -> list[Clause]:
    return [Clause(**row) for row in _rows("clauses.jsonl")]


def read_questions(workload: str) -> list[Question]:
    """The labelled questions of `graphrag` or `fp-copilot`."""
    return [
        Question(**{**row, "clauses": tuple(row["clauses"]), "entries": tuple(row["entries"])})
        for row in _rows(f"{workload}-questions.jsonl")
    ]


def _rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines() if line]


def by_clause(clauses: list[Clause]) -> list[Chunk]:
    """One chunk a clause, with its title in front."""
    return [Chunk((one.id,), f"{one.product} {one.title}. {one.text}") for one in clauses]


def by_sentence(clauses: list[Clause]) -> list[Chunk]:
    """One chunk a sentence: exact, but without what the title says."""
    return [Chunk((one.id,), sentence) for one in clauses for sentence in sentences(one)]


def by_titled_sentence(clauses: list[Clause]) -> list[Chunk]:
    """One chunk a sentence, with the title of its clause in front."""
    return [
        Chunk((one.id,), f"{one.product} {one.title}. {sentence}")
        for one in clauses
        for sentence in sentences(one)
    ]


def sentences(clause: Clause) -> list[str]:
    return clause.text.replace(". ", ".\n").split("\n")


def by_window(clauses: list[Clause], size: int = 220, step: int = 170) -> list[Chunk]:
    """Windows of characters over the running text, as a splitter that knows no clauses does it."""
    text, owners = "", []
    for one in clauses:
        text += one.text + " "
        owners += [one.id] * (len(one.text) + 1)
    chunks = []
    for start in range(0, len(text), step):
        inside = Counter(owners[start : start + size]).most_common()
        chunks.append(Chunk(tuple(owner for owner, _ in inside), text[start : start + size]))
    return chunks


STRATEGIES: dict[str, Callable[[list[Clause]], list[Chunk]]] = {
    "clause": by_clause,
    "sentence": by_sentence,
    "titled-sentence": by_titled_sentence,
    "window-220": by_window,
}


class ChunkIndex:
    """Chunks with their vectors, in memory, since the corpus is small. Safe to share between threads."""

    def __init__(self, chunks: list[Chunk], embeddings: Embeddings) -> None:
        self.chunks = chunks
        self._embeddings = embeddings
        self._vectors = np.array(embeddings.embed_documents([one.text for one in chunks]))

    def search(self, question: str, count: int = 4) -> list[tuple[str, float]]:
        """Ids of the clauses nearest to a question, best first, and how near each is (cosine)."""
        return self.nearest(np.array(self._embeddings.embed_query(question)), count)

    def nearest(self, vector: np.ndarray, count: int) -> list[tuple[str, float]]:
        """A clause is as near as the nearest chunk with text of it: small chunks, whole clauses."""
        nearness = self._vectors @ vector
        found: dict[str, float] = {}
        for position in np.argsort(-nearness, kind="stable"):
            for clause in self.chunks[position].clauses:
                found.setdefault(clause, float(nearness[position]))
            if len(found) >= count:
                break
        return list(found.items())[:count]

    def to_json(self) -> str:
        rows = [{"clauses": one.clauses, "text": one.text} for one in self.chunks]
        return json.dumps(rows, ensure_ascii=False, indent=1)


def rank_of_answer(question: Question, found: list[str]) -> int | None:
    """Place, from 1, of the first clause that answers, or None."""
    for place, clause in enumerate(found, start=1):
        if clause in question.clauses:
            return place
    return None
