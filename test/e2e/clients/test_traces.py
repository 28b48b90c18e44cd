"""Traces in bulk, their tags and their feedback."""

import os
import time

import mlflow
import pytest
import requests
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from townin_mlops_client import FrontDoorAuth

TRACES = 1000


def test_a_burst_of_traces_is_stored_without_loss(experiment):
    for number in range(100):
        with mlflow.start_span("claim") as span:
            span.set_inputs({"번호": number})
            mlflow.update_current_trace(tags={"ops.unit.id": f"청구 {number}"})
    mlflow.flush_trace_async_logging()
    found = mlflow.search_traces(
        locations=[experiment.experiment_id], max_results=200, return_type="list"
    )
    assert {one.info.tags["ops.unit.id"] for one in found} == {f"청구 {n}" for n in range(100)}


@pytest.fixture
def thousand(experiment):
    """1,000 traces, sent as an OpenTelemetry exporter sends them: many in one request."""
    ids = [os.urandom(16) for _ in range(TRACES)]
    started = time.time_ns() - TRACES * 1_000_000
    for first in range(0, TRACES, 250):
        spans = [
            Span(
                trace_id=ids[number],
                span_id=os.urandom(8),
                name=f"청구 {number}",
                start_time_unix_nano=started + number * 1_000_000,
                end_time_unix_nano=started + (number + 1) * 1_000_000,
            )
            for number in range(first, first + 250)
        ]
        batch = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
        response = requests.post(
            f"{os.environ['MLFLOW_TRACKING_URI'].rstrip('/')}/v1/traces",
            data=ExportTraceServiceRequest(resource_spans=[batch]).SerializeToString(),
            headers={
                "Content-Type": "application/x-protobuf",
                "x-mlflow-experiment-id": experiment.experiment_id,
            },
            auth=FrontDoorAuth(),
            timeout=60,
        )
        assert response.status_code == 200, response.text
    return [f"tr-{one.hex()}" for one in ids]


def test_a_thousand_traces_are_searched_page_by_page(experiment, thousand):
    client, token, pages, seen = MlflowClient(), None, 0, []
    while pages == 0 or token:
        page = client.search_traces(
            locations=[experiment.experiment_id],
            max_results=150,
            order_by=["timestamp_ms ASC"],
            page_token=token,
            include_spans=False,
        )
        pages += 1
        seen += [one.info.trace_id for one in page]
        token = page.token
    assert pages == 7
    assert seen == thousand

    with_spans = mlflow.search_traces(
        locations=[experiment.experiment_id], max_results=TRACES, return_type="list"
    )
    assert {one.info.trace_id for one in with_spans} == set(thousand)
    assert {one.data.spans[0].name for one in with_spans} == {f"청구 {n}" for n in range(TRACES)}


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
