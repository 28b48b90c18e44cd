"""Townin's GraphRAG engine in small: compares chunking strategies, builds a graph of insurance
clauses in full and incrementally, and answers claims and queries, all traced by unit of work. What
evaluations need (labelled questions, the graph) is uploaded; the platform picks the best strategy.

Needs MLFLOW_TRACKING_URI, MLFLOW_TRACKING_AUTH=townin and OPENAI_API_KEY; with OPENAI_BASE_URL it
talks to a stand-in.
"""

import time

import mlflow
import numpy as np
from langchain_core.output_parsers import StrOutputParser
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from mlflow.entities import SpanType
from pydantic import BaseModel
from townin_mlops_client.tracing import trace_embeddings

from answering import as_document
from artifact_bucket import ArtifactBucket
from call_count import CallCounter
from clause_graph import ClauseGraph
from clauses import STRATEGIES, ChunkIndex, Clause, Question, rank_of_answer, read_clauses
from clauses import read_questions
from platform_api import PlatformApi, require_completed, show
from prompts import INSURANCE_QA, Prompt
from question_dataset import keep_questions
from session import connect, exit_with_a_sentence, stamp, tag_unit

WORKLOAD = "graphrag"
EXTRACTION_PROMPT = "clause_graph:v1.2"
RETRIEVAL = ["retrieval_precision", "retrieval_recall", "retrieval_mrr"]

CLAIMS = [
    ("도수치료", "KR", ["도수치료는 연간 몇 회까지 보상되나요?", "비급여 치료의 자기부담은 몇 퍼센트인가요?"]),
    ("쌍꺼풀수술", "KR", ["쌍꺼풀수술의 비용은 보상되나요?"]),
    ("갑상선암 진단", "KR", ["갑상선암으로 진단되면 얼마를 지급하나요?", "유사암의 진단도 납입면제가 되나요?"]),
    ("차량 침수", "KR", ["홍수로 침수된 자동차의 손해도 보상되나요?"]),
    ("음주운전 사고", "KR", ["음주운전 중 사고의 사고부담금은 얼마인가요?", "대물배상은 얼마까지 보상하나요?"]),
    ("해외 진료", "US", ["해외에 있는 의료기관에서 쓴 의료비를 보상하나요?"]),
    ("요양병원 입원", "KR", ["요양병원의 입원은 직접적인 치료로 보나요?", "암 입원일당은 1일마다 얼마인가요?"]),
    ("전손 처리", "KR", ["수리비가 보험가액을 넘으면 어떻게 지급하나요?"]),
    ("자기공명영상진단", "JP", ["자기공명영상진단의 비용은 연간 얼마까지 보상되나요?"]),
]


class Decision(BaseModel):
    """What is proposed to the person who settles the claim."""

    covered: bool
    reason: str


class Engine:
    """Retrieval and answers over one index."""

    def __init__(self, index: ChunkIndex, clauses: list[Clause], counter: CallCounter) -> None:
        self.index = index
        self.clauses = {one.id: one for one in clauses}
        # Claims get the better model; queries the cheaper one.
        self.careful = ChatOpenAI(model="gpt-4o", temperature=0, http_client=counter.http_client)
        self.quick = ChatOpenAI(model="gpt-4o-mini", temperature=0, http_client=counter.http_client)

    def answer(self, question: str, prompt: Prompt, model: ChatOpenAI) -> str:
        chain = model | StrOutputParser()
        return chain.invoke(prompt.fill(self.find_clauses(question), question))

    def find_clauses(self, question: str) -> list[Clause]:
        with mlflow.start_span("find_clauses", SpanType.RETRIEVER) as span:
            span.set_inputs({"question": question})
            found = [self.clauses[clause] for clause, _ in self.index.search(question)]
            span.set_outputs([as_document(one) for one in found])
            return found

    @mlflow.trace(name="settle_claim")
    def settle_claim(self, identifier: str, country: str, questions: list[str]) -> Decision:
        prompt = INSURANCE_QA["insurance_qa:v2.4"]
        tag_unit("claim", identifier, prompt.label, country)
        findings = [self.answer(one, prompt, self.careful) for one in questions]
        facts = "\n".join(findings)
        decide = self.quick.with_structured_output(Decision)
        return decide.invoke(f"조항:\n{facts}\n\n질문: {questions[0]} 보상 대상인지 이유와 함께 답하시오.")

    @mlflow.trace(name="answer_query")
    def answer_query(self, identifier: str, question: str, prompt: str) -> str:
        tag_unit("query", identifier, prompt)
        return self.answer(question, INSURANCE_QA[prompt], self.quick)


class ChunkingStrategies:
    """Compares ways to cut clauses into chunks: an MLflow run and an evaluation each."""

    def __init__(self, bucket: ArtifactBucket, platform: PlatformApi) -> None:
        self._bucket = bucket
        self._platform = platform
        self.evaluations: dict[str, str] = {}

    def compare(
        self, clauses: list[Clause], questions: list[Question], embeddings: OpenAIEmbeddings, run: str
    ) -> ChunkIndex:
        """Returns the index of the strategy that finds most answers first."""
        results: dict[str, tuple[float, ChunkIndex]] = {}
        for name, strategy in STRATEGIES.items():
            with mlflow.start_run(run_name=f"chunking-{name}"):
                chunks = strategy(clauses)
                index, found = index_and_find(chunks, questions, embeddings, f"index-{name}-{run}")
                ranks = [rank_of_answer(*pair) for pair in zip(questions, found) if pair[0].clauses]
                reciprocal = float(np.mean([1 / rank if rank else 0 for rank in ranks]))
                mlflow.log_params(
                    {
                        "chunking.strategy": name,
                        "embedding.model": embeddings.model,
                        "corpus.clauses": len(clauses),
                        "questions": len(questions),
                    }
                )
                mlflow.log_metrics(
                    {
                        "chunks": len(chunks),
                        "hit_rate_at_1": float(np.mean([rank == 1 for rank in ranks])),
                        "hit_rate_at_4": float(np.mean([rank is not None for rank in ranks])),
                        "mean_reciprocal_rank": reciprocal,
                    }
                )
                mlflow.log_text(index.to_json(), "index/chunks.json")
                results[name] = (reciprocal, index)
            self._start_evaluation(name, questions, found)
        found = ", ".join(f"{name} {score:.2f}" for name, (score, _) in results.items())
        best = max(results, key=lambda name: results[name][0])
        print(f"chunking (mean reciprocal rank): {found}; best: {best}")
        return results[best][1]

    def _start_evaluation(self, name: str, questions: list[Question], found: list[list[str]]) -> None:
        """Records what the strategy retrieved; labels stay with the platform's dataset."""
        key = f"recorded/{WORKLOAD}/chunking-{name}.jsonl"
        self._bucket.put_rows(
            key,
            [{"id": one.id, "outputs": {"retrieved": ids}} for one, ids in zip(questions, found)],
        )
        self.evaluations[name] = self._platform.start_evaluation(
            WORKLOAD,
            source={"kind": "recorded", "key": key},
            metrics=RETRIEVAL,
            parameters={"chunking.strategy": name},
        )

    def report(self) -> None:
        """Waits for the evaluations and prints what the platform made of them."""
        ended = self._platform.wait(list(self.evaluations.values()))
        for name, identifier in self.evaluations.items():
            print(f"  {name}: {show(require_completed(ended[identifier]), RETRIEVAL[:1])}")
        goals = "retrieval_precision=atLeast:0.85,retrieval_recall=atLeast:0.8"
        best = self._platform.best_run(WORKLOAD, goals, "retrieval_mrr")["best"]
        chosen = best["parameters"].get("chunking.strategy") if best else None
        print(f"best run with {goals}: {chosen or 'none meets them'}")


@mlflow.trace(name="build_index")
def index_and_find(chunks, questions: list[Question], embeddings: OpenAIEmbeddings, unit: str):
    tag_unit("graph-build", unit, "none")
    index = ChunkIndex(chunks, embeddings)
    vectors = embeddings.embed_documents([one.question for one in questions])
    found = [index.nearest(np.array(vector), 4) for vector in vectors]
    return index, [[clause for clause, _ in nearest] for nearest in found]


def build_graph(graph: ClauseGraph, clauses, changed, model: ChatOpenAI, mode: str, run: str) -> None:
    """Reads the changed clauses into the graph, as a run and a unit of its own."""
    started = time.perf_counter()
    with mlflow.start_run(run_name=f"graph-{mode}"):
        calls = trace_build(graph, changed, model, f"{mode}-{run}")
        mlflow.log_params({"graph.mode": mode, "llm.model": model.model_name})
        mlflow.log_metrics(
            {
                "clauses_read": len(changed),
                "llm_calls": calls,
                "nodes": len(graph.nodes),
                "edges": len(graph.edges),
                "graph_coverage": graph.coverage(clauses),
                "seconds": time.perf_counter() - started,
            }
        )
        mlflow.log_text(graph.to_json(), "graph/graph.json")
    print(f"graph {mode}: {len(changed)} clauses, {calls} LLM calls, {len(graph.nodes)} nodes")


@mlflow.trace(name="build_graph")
def trace_build(graph: ClauseGraph, changed: list[Clause], model: ChatOpenAI, unit: str) -> int:
    tag_unit("graph-build", unit, EXTRACTION_PROMPT)
    return graph.update(changed, model)


def main() -> None:
    experiment = connect(WORKLOAD)
    bucket, platform = ArtifactBucket(experiment), PlatformApi()
    # Silent: pydantic warns of each structured answer that MLflow copies into a span.
    mlflow.langchain.autolog(silent=True)
    run = stamp()
    counter = CallCounter()
    embeddings = trace_embeddings(
        OpenAIEmbeddings(
            model="text-embedding-3-small",
            # The check needs an encoding that tiktoken downloads; clauses are far below the limit.
            check_embedding_ctx_length=False,
            http_client=counter.http_client,
        )
    )
    clauses, questions = read_clauses(), read_questions(WORKLOAD)
    keep_questions("graphrag-questions", experiment, questions)

    strategies = ChunkingStrategies(bucket, platform)
    engine = Engine(strategies.compare(clauses, questions, embeddings, run), clauses, counter)

    graph = ClauseGraph()
    build_graph(graph, clauses, clauses, engine.quick, "full", run)
    build_graph(graph, clauses, clauses[-8:], engine.quick, "incremental", run)
    bucket.put_json("graphs/graphrag.json", graph.walkable(clauses))

    for number, (_, country, asked) in enumerate(CLAIMS, start=1):
        engine.settle_claim(f"CLM-{run}-{number:02}", country, asked)
    # A claim that came back: the second trace belongs to the same unit.
    engine.settle_claim(f"CLM-{run}-01", "KR", ["체외충격파치료도 도수치료의 한도에 들어가나요?"])
    print(f"claims: {len(CLAIMS)} settled")

    for number, one in enumerate(questions[:8], start=1):
        prompt = list(INSURANCE_QA)[number % 2]
        engine.answer_query(f"Q-{run}-{number:02}", one.question, prompt)
    print("queries: 8 answered, with two versions of the prompt")

    mlflow.flush_trace_async_logging()
    print(counter.report(WORKLOAD))
    strategies.report()


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
