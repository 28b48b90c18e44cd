"""A graph of what the clauses speak of, built in full or only where clauses changed."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel

from clauses import Clause

# Clauses that one LLM call reads. More share the instructions' tokens, and more is overlooked: with four, a walk from
# the words of a question reached 74 % of the clauses that it needs, with one 92 %.
BATCH = 1


class Relation(BaseModel):
    source: str
    target: str
    kind: str


class Extraction(BaseModel):
    """Entities and relations of one batch of clauses."""

    entities: list[str]
    relations: list[Relation]


@dataclass
class ClauseGraph:
    # Entities and relations by the clauses that they were read from.
    extractions: dict[tuple[str, ...], Extraction] = field(default_factory=dict)

    def update(self, clauses: list[Clause], model: BaseChatModel) -> int:
        """Reads the clauses and replaces what was known of them; returns the number of LLM calls."""
        reader = model.with_structured_output(Extraction)
        batches = [clauses[start : start + BATCH] for start in range(0, len(clauses), BATCH)]
        prompts = [_prompt(batch) for batch in batches]
        for batch, found in zip(batches, reader.batch(prompts, {"max_concurrency": 4})):
            self.extractions[tuple(one.id for one in batch)] = _without_particles(found)
        return len(batches)

    def coverage(self, clauses: list[Clause]) -> float:
        """Share of the clauses of whose text the graph has an entity."""
        entities = {name for one in self.extractions.values() for name in one.entities}
        covered = [one for one in clauses if any(name in one.text for name in entities)]
        return len(covered) / len(clauses)

    @property
    def nodes(self) -> Counter[str]:
        return Counter(name for one in self.extractions.values() for name in one.entities)

    @property
    def edges(self) -> set[tuple[str, str, str]]:
        relations = (one for found in self.extractions.values() for one in found.relations)
        return {(one.source, one.kind, one.target) for one in relations}

    def walkable(self, clauses: list[Clause]) -> dict:
        """The graph as the platform walks it for `graph_coverage`: `{nodes, edges, entries}`.

        Clauses are nodes too, each beside the entities of which it speaks; a walk begins at entities.
        """
        entities = sorted(self.nodes)
        mentions = [
            [name, one.id]
            for one in clauses
            for name in entities
            if name in one.text or name in one.title
        ]
        relations = [[source, target] for source, _, target in sorted(self.edges)]
        return {
            "nodes": entities + [one.id for one in clauses],
            "edges": mentions + relations,
            "entries": entities,
        }

    def to_json(self) -> str:
        nodes = [{"name": name, "mentions": count} for name, count in self.nodes.most_common()]
        edges = [dict(zip(("source", "kind", "target"), edge)) for edge in sorted(self.edges)]
        return json.dumps({"nodes": nodes, "edges": edges}, ensure_ascii=False, indent=1)


def _without_particles(found: Extraction) -> Extraction:
    """The same with names as a question uses them: 암, not 암의."""
    return Extraction(
        entities=[_bare(name) for name in found.entities],
        relations=[
            Relation(source=_bare(one.source), target=_bare(one.target), kind=one.kind)
            for one in found.relations
        ],
    )


def _bare(name: str) -> str:
    return re.sub(r"(?<=.)(?:의|은|는|을|를|에|와|과|로)$", "", name)


def _prompt(batch: list[Clause]) -> str:
    text = "\n".join(f"[{one.id}] {one.title}. {one.text}" for one in batch)
    return (
        "아래 보험 약관 조항에서 개체(담보, 서류, 기간, 금액, 당사자)와 그 관계를 뽑으시오.\n\n"
        f"조항:\n{text}\n\n질문: 개체와 관계는 무엇인가?"
    )
