"""Writes one trace as an application's MLflow client does; the benchmark multiplies what MLflow
stored of it.

Needs MLFLOW_TRACKING_URI, OPENAI_BASE_URL and OPENAI_API_KEY; its argument is a file of clauses.
"""

import json
import sys

import mlflow
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from townin_mlops_client.tracing import trace_embeddings

QUESTION = "청약은 며칠 안에 철회할 수 있나요?"

with open(sys.argv[1], encoding="utf-8") as file:
    clauses = [json.loads(line)["text"] for line in file]

mlflow.set_experiment("sample")
mlflow.langchain.autolog(silent=True)
embeddings = trace_embeddings(
    OpenAIEmbeddings(model="text-embedding-3-small", check_embedding_ctx_length=False)
)
model = ChatOpenAI(model="gpt-4o-mini", temperature=0)


@mlflow.trace(name="answer_query", span_type="CHAIN")
def answer_query(question: str) -> str:
    """An embedding to search with, and an answer from what was found."""
    mlflow.update_current_trace(
        tags={
            "ops.unit.type": "query",
            "ops.unit.id": "Q-1",
            "ops.prompt.version": "insurance_qa:v2.4",
            "ops.country": "KR",
        }
    )
    embeddings.embed_query(question)
    context = "\n".join(clauses[:4])
    return model.invoke(
        [
            ("system", "보험 약관 조항에 근거하여 답하시오."),
            ("human", f"약관:\n{context}\n\n질문: {question}"),
        ]
    ).content


answer_query(QUESTION)
mlflow.flush_trace_async_logging()
