from types import SimpleNamespace

import pytest

mlflow = pytest.importorskip("mlflow")

from townin_mlops_client.tracing import trace_embeddings  # noqa: E402


def answer(**request):
    if request["input"] == ["fail"]:
        raise ValueError("no")
    return SimpleNamespace(
        model="text-embedding-3-small",
        data=[SimpleNamespace(embedding=[0.123456789] * 1536) for _ in request["input"]],
        usage=SimpleNamespace(prompt_tokens=7, total_tokens=7),
    )


async def answer_later(**request):
    return answer(**request)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Made once: MLflow takes seconds to make its tables."""
    directory = tmp_path_factory.mktemp("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{directory / 'mlflow.db'}")
    mlflow.create_experiment("embeddings", artifact_location=directory.as_uri())
    mlflow.set_experiment("embeddings")


@pytest.fixture
def embeddings(store):
    client = SimpleNamespace(create=answer, other="untouched")
    return trace_embeddings(
        SimpleNamespace(client=client, async_client=SimpleNamespace(create=answer_later))
    )


def last_trace():
    mlflow.flush_trace_async_logging()
    return mlflow.get_trace(mlflow.get_last_active_trace_id())


def check(trace):
    span = trace.data.spans[0]
    assert span.span_type == "EMBEDDING"
    assert span.get_attribute("mlflow.llm.model") == "text-embedding-3-small"
    assert span.get_attribute("mlflow.llm.provider") == "openai"
    usage = {"input_tokens": 7, "output_tokens": 0, "total_tokens": 7}
    assert span.get_attribute("mlflow.chat.tokenUsage") == usage
    assert trace.info.token_usage.items() >= usage.items()
    assert "0.123456789" not in trace.to_json()


def test_an_embedding_call_is_a_span_with_tokens_and_without_vectors(embeddings):
    response = embeddings.client.create(model="text-embedding-3-small", input=["a", "b"])
    assert len(response.data) == 2
    check(last_trace())


def test_an_awaited_embedding_call_is_one_too(embeddings):
    import asyncio

    asyncio.run(embeddings.async_client.create(model="text-embedding-3-small", input=["a"]))
    check(last_trace())


def test_a_failed_call_is_an_error_and_has_no_tokens(embeddings):
    with pytest.raises(ValueError):
        embeddings.client.create(model="text-embedding-3-small", input=["fail"])
    trace = last_trace()
    assert trace.info.state == "ERROR"
    assert not trace.info.token_usage


def test_the_rest_of_the_client_stays_as_it_is(embeddings):
    assert embeddings.client.other == "untouched"
