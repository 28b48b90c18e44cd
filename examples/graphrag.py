"""Townin's GraphRAG engine in small: compares chunking strategies, builds a graph of insurance
clauses in full and incrementally, and answers claims and queries, all traced by unit of work.

Needs MLFLOW_TRACKING_URI, MLFLOW_TRACKING_AUTH=townin and OPENAI_API_KEY; with OPENAI_BASE_URL it
talks to a stand-in.
"""

import time

import mlflow
import numpy as np
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel
from townin_mlops_client.tracing import trace_embeddings

from call_count import CallCounter
from clause_graph import ClauseGraph
from clauses import STRATEGIES, ChunkIndex, Clause, Question, rank_of_answer, read_clauses
from clauses import read_questions
from session import connect, stamp, tag_unit

EXTRACTION_PROMPT = "clause_graph:v1.2"
# Two versions of the prompt, so that their costs and, later, their quality can be compared.
ANSWER_PROMPTS = {
    "insurance_qa:v2.3": "보험 약관 조항에 근거하여 답하시오.",
    "insurance_qa:v2.4": (
        "아래 약관 조항에 있는 내용만으로 한 문장으로 답하고 조항 번호를 밝히시오. "
        "조항에 없는 내용이면 주어진 조항에는 없다고 답하시오."
    ),
}

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

    def __init__(self, index: ChunkIndex, counter: CallCounter) -> None:
        self.index = index
        # Claims get the better model; queries the cheaper one.
        self.careful = ChatOpenAI(model="gpt-4o", temperature=0, http_client=counter.http_client)
        self.quick = ChatOpenAI(model="gpt-4o-mini", temperature=0, http_client=counter.http_client)

    def answer(self, question: str, prompt: str, model: ChatOpenAI) -> str:
        template = ChatPromptTemplate.from_messages(
            [("system", ANSWER_PROMPTS[prompt]), ("human", "약관:\n{context}\n\n질문: {question}")]
        )
        chain = template | model | StrOutputParser()
        return chain.invoke({"context": self.context(question), "question": question})

    @mlflow.trace(span_type="RETRIEVER")
    def context(self, question: str) -> str:
        found = self.index.search(question)
        return "\n".join(f"[{', '.join(one.clauses)}] {one.text}" for one in found)

    @mlflow.trace(name="settle_claim")
    def settle_claim(self, identifier: str, country: str, questions: list[str]) -> Decision:
        prompt = "insurance_qa:v2.4"
        tag_unit("claim", identifier, prompt, country)
        findings = [self.answer(one, prompt, self.careful) for one in questions]
        facts = "\n".join(findings)
        decide = self.quick.with_structured_output(Decision)
        return decide.invoke(f"조항:\n{facts}\n\n질문: {questions[0]} 보상 대상인지 이유와 함께 답하시오.")

    @mlflow.trace(name="answer_query")
    def answer_query(self, identifier: str, question: str, prompt: str) -> str:
        tag_unit("query", identifier, prompt)
        return self.answer(question, prompt, self.quick)


def compare_chunking(
    clauses: list[Clause], questions: list[Question], embeddings: OpenAIEmbeddings, run: str
) -> ChunkIndex:
    """One MLflow run a strategy; returns the index of the one that finds most answers first."""
    results: dict[str, tuple[float, ChunkIndex]] = {}
    for name, strategy in STRATEGIES.items():
        with mlflow.start_run(run_name=f"chunking-{name}"):
            chunks = strategy(clauses)
            index, ranks = index_and_rank(chunks, questions, embeddings, f"index-{name}-{run}")
            reciprocal = [1 / rank if rank else 0 for rank in ranks]
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
                    "mean_reciprocal_rank": float(np.mean(reciprocal)),
                }
            )
            mlflow.log_text(index.to_json(), "index/chunks.json")
            results[name] = (float(np.mean(reciprocal)), index)
    best = max(results, key=lambda name: results[name][0])
    found = ", ".join(f"{name} {score:.2f}" for name, (score, _) in results.items())
    print(f"chunking (mean reciprocal rank): {found}; best: {best}")
    return results[best][1]


@mlflow.trace(name="build_index")
def index_and_rank(chunks, questions: list[Question], embeddings: OpenAIEmbeddings, unit: str):
    tag_unit("graph-build", unit, "none")
    index = ChunkIndex(chunks, embeddings)
    vectors = embeddings.embed_documents([one.question for one in questions])
    found = [index.nearest(np.array(vector), 4) for vector in vectors]
    return index, [rank_of_answer(one, hits) for one, hits in zip(questions, found)]


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
    connect("graphrag")
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
    clauses, questions = read_clauses(), read_questions()

    engine = Engine(compare_chunking(clauses, questions, embeddings, run), counter)

    graph = ClauseGraph()
    build_graph(graph, clauses, clauses, engine.quick, "full", run)
    build_graph(graph, clauses, clauses[-8:], engine.quick, "incremental", run)

    for number, (_, country, asked) in enumerate(CLAIMS, start=1):
        engine.settle_claim(f"CLM-{run}-{number:02}", country, asked)
    # A claim that came back: the second trace belongs to the same unit.
    engine.settle_claim(f"CLM-{run}-01", "KR", ["체외충격파치료도 도수치료의 한도에 들어가나요?"])
    print(f"claims: {len(CLAIMS)} settled")

    for number, one in enumerate(questions[:8], start=1):
        prompt = list(ANSWER_PROMPTS)[number % 2]
        engine.answer_query(f"Q-{run}-{number:02}", one.question, prompt)
    print("queries: 8 answered, with two versions of the prompt")

    mlflow.flush_trace_async_logging()
    print(counter.report("graphrag"))


if __name__ == "__main__":
    main()
