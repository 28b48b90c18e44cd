"""Traces in bulk, their tags and their feedback."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource

TRACES = 1000


def test_a_thousand_traces_are_stored_without_loss_and_searched_page_by_page(experiment):
    for number in range(TRACES):
        with mlflow.start_span("claim") as span:
            span.set_inputs({"번호": number})
            mlflow.update_current_trace(
                tags={"ops.unit.type": "claim", "ops.unit.id": f"청구 {number}"}
            )
    mlflow.flush_trace_async_logging()

    client, token, pages, seen = MlflowClient(), None, 0, []
    while True:
        page = client.search_traces(
            locations=[experiment.experiment_id],
            max_results=250,
            order_by=["timestamp_ms ASC"],
            page_token=token,
            include_spans=False,
        )
        pages += 1
        seen += [one.info.tags["ops.unit.id"] for one in page]
        token = page.token
        if not token:
            break
    assert pages >= 4
    assert len(seen) == TRACES
    assert set(seen) == {f"청구 {number}" for number in range(TRACES)}

    with_spans = mlflow.search_traces(
        locations=[experiment.experiment_id], max_results=TRACES, return_type="list"
    )
    assert {one.data.spans[0].inputs["번호"] for one in with_spans} == set(range(TRACES))


def test_a_trace_is_found_by_its_unit(experiment):
    with mlflow.start_span("claim"):
        mlflow.update_current_trace(tags={"ops.unit.id": "청구 1+1 & 'x'"})
    with mlflow.start_span("claim"):
        mlflow.update_current_trace(tags={"ops.unit.id": "another"})
    mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(
        locations=[experiment.experiment_id],
        filter_string="tags.`ops.unit.id` LIKE '청구 1+1 &%'",
        return_type="list",
    )
    assert [one.info.tags["ops.unit.id"] for one in found] == ["청구 1+1 & 'x'"]


def test_feedback_and_expectations_are_kept_with_a_trace(experiment):
    with mlflow.start_span("answer") as span:
        span.set_outputs("3영업일 이내")
    mlflow.flush_trace_async_logging()
    trace_id = span.trace_id
    person = AssessmentSource(source_type="HUMAN", source_id="심사역 1")
    given = mlflow.log_feedback(
        trace_id=trace_id, name="약관 근거", value=True, rationale="제9조에 있음", source=person
    )
    mlflow.log_expectation(trace_id=trace_id, name="정답", value="3영업일", source=person)
    mlflow.override_feedback(
        trace_id=trace_id, assessment_id=given.assessment_id, value=False, source=person
    )
    assessments = mlflow.get_trace(trace_id).info.assessments
    valid = {one.name: one for one in assessments if one.valid is not False}
    assert valid["약관 근거"].feedback.value is False
    assert valid["정답"].expectation.value == "3영업일"

    MlflowClient().set_trace_tag(trace_id, "ops.country", "KR")
    MlflowClient().delete_trace_tag(trace_id, "ops.country")
    mlflow.delete_assessment(trace_id, given.assessment_id)
    assert "ops.country" not in mlflow.get_trace(trace_id).info.tags
