"""Each call on which MLflow's built-in signing fails with a signature mismatch."""

import mlflow
import pytest
from mlflow import MlflowClient


@pytest.fixture
def model(unique):
    name = f"심사 모델 {unique}"
    client = MlflowClient()
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name, tags={"부서": "보상 심사"})
        client.create_model_version(name, source="s3://bucket/a b", tags={"단계": "시험 중"})
    return name


def test_experiments_are_found_by_names_with_spaces_and_in_korean(experiment):
    assert experiment is not None
    found = mlflow.search_experiments(filter_string=f"name = '{experiment.name}'")
    assert [one.experiment_id for one in found] == [experiment.experiment_id]


def test_registered_models_are_searched(model):
    assert model in {one.name for one in mlflow.search_registered_models()}
    found = mlflow.search_registered_models(
        filter_string=f"name ILIKE '%{model[-8:]}' AND tags.`부서` = '보상 심사'",
        order_by=["name ASC", "last_updated_timestamp DESC"],
    )
    assert [one.name for one in found] == [model]


def test_model_versions_are_searched_with_two_conditions(model):
    found = mlflow.search_model_versions(
        filter_string=f"name = '{model}' and tags.`단계` = '시험 중'"
    )
    assert [one.version for one in found] == ["1"] or [one.version for one in found] == [1]


def test_models_and_versions_are_read_by_korean_names(model):
    client = MlflowClient()
    assert client.get_registered_model(model).tags == {"부서": "보상 심사"}
    assert client.get_model_version(model, "1").source == "s3://bucket/a b"
    client.set_registered_model_alias(model, "시험", "1")
    assert str(client.get_model_version_by_alias(model, "시험").version) == "1"
    client.delete_registered_model_alias(model, "시험")


def test_prompts_are_searched(unique):
    name = f"insurance_search_{unique}"
    mlflow.genai.register_prompt(name=name, template="{{question}}에 답하시오.")
    found = mlflow.genai.search_prompts(filter_string=f"name = '{name}'")
    assert [one.name for one in found] == [name]


def test_metric_keys_with_spaces_are_read_back(experiment):
    with mlflow.start_run(run_name="평가 실행 1") as run:
        for step, value in enumerate([0.5, 0.7]):
            mlflow.log_metric("f1 score/보험 약관", value, step=step)
        mlflow.log_param("청킹 전략", "조항 단위, 겹침 없음 (a+b&c=d)")
    history = MlflowClient().get_metric_history(run.info.run_id, "f1 score/보험 약관")
    assert [one.value for one in history] == [0.5, 0.7]
    data = mlflow.search_runs(
        [experiment.experiment_id],
        filter_string="metrics.`f1 score/보험 약관` > 0.6 AND attributes.run_name = '평가 실행 1'",
    )
    assert data["params.청킹 전략"].tolist() == ["조항 단위, 겹침 없음 (a+b&c=d)"]


def test_several_traces_are_searched_with_their_spans(experiment):
    """The client asks for them with one query key a trace, all of the same name."""
    for number in range(3):
        with mlflow.start_span(f"질문 {number}") as span:
            span.set_inputs({"question": number})
    mlflow.flush_trace_async_logging()
    traces = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list")
    assert sorted(one.data.spans[0].name for one in traces) == ["질문 0", "질문 1", "질문 2"]


def test_searched_traces_are_evaluated(experiment):
    from mlflow.genai.scorers import scorer

    @scorer
    def is_answered(outputs):
        return bool(outputs)

    for number in range(2):
        with mlflow.start_span("answer") as span:
            span.set_inputs({"question": f"질문 {number}"})
            span.set_outputs("3영업일 이내")
    mlflow.flush_trace_async_logging()
    traces = mlflow.search_traces(locations=[experiment.experiment_id])
    result = mlflow.genai.evaluate(data=traces, scorers=[is_answered])
    assert result.metrics["is_answered/mean"] == 1.0
