"""Spans for the embedding calls of LangChain's ``OpenAIEmbeddings``.

``mlflow.langchain.autolog()`` makes none. ``mlflow.openai.autolog()`` would, but beside LangChain's
it counts chat calls twice where LangChain works in threads (``batch``, ``RunnableParallel``): the
two spans of one call are then siblings, and MLflow's own totals add both. It also keeps every
vector in the span, and leaves the tokens where no total finds them.
"""

from __future__ import annotations

from typing import Any, TypeVar

import mlflow

# Attributes from which MLflow reads the tokens, model and provider of a span.
_USAGE = "mlflow.chat.tokenUsage"
_MODEL = "mlflow.llm.model"
_PROVIDER = "mlflow.llm.provider"

Embeddings = TypeVar("Embeddings")


def trace_embeddings(embeddings: Embeddings, provider: str = "openai") -> Embeddings:
    """Makes each call of an ``OpenAIEmbeddings`` a span with its model and tokens.

    Args:
        embeddings: anything with an OpenAI ``client`` and ``async_client``; it is changed.
        provider: who bills the calls.

    Returns:
        The same object.
    """
    embeddings.client = _Traced(embeddings.client, provider)
    if getattr(embeddings, "async_client", None) is not None:
        embeddings.async_client = _TracedAsync(embeddings.async_client, provider)
    return embeddings


class _Traced:
    def __init__(self, client: Any, provider: str) -> None:
        self._client = client
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create(self, **request: Any) -> Any:
        with mlflow.start_span("Embeddings", span_type="EMBEDDING") as span:
            span.set_inputs({"model": request.get("model"), "input": request.get("input")})
            response = self._client.create(**request)
            _describe(span, response, self._provider)
            return response


class _TracedAsync(_Traced):
    async def create(self, **request: Any) -> Any:
        with mlflow.start_span("Embeddings", span_type="EMBEDDING") as span:
            span.set_inputs({"model": request.get("model"), "input": request.get("input")})
            response = await self._client.create(**request)
            _describe(span, response, self._provider)
            return response


def _describe(span: Any, response: Any, provider: str) -> None:
    tokens = response.usage.prompt_tokens
    span.set_attributes(
        {
            _MODEL: response.model,
            _PROVIDER: provider,
            _USAGE: {"input_tokens": tokens, "output_tokens": 0, "total_tokens": tokens},
        }
    )
    # Not the vectors: 100 texts are 3 MB of numbers, and the front door takes 10 MB.
    span.set_outputs({"vectors": len(response.data), "usage": response.usage})
