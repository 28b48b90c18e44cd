"""What the programs upload and report."""

import json
from collections import Counter
from datetime import date
from xml.etree import ElementTree

import pytest

import fp_copilot
import fraud_detector
from claims_process import draw_log, log_csv, model_pnml
from flyer_images import draw
from flyer_scanner import FLYERS, MODELS, IN_USE, Reading, is_right, labelled, recorded
from fraud_claims import FEATURES, draw_claims, draw_day, last_days
from fraud_detector import decision_steps, labelled_rows, outcomes_of, recorded_rows
from fraud_model import TRAININGS, Decision, Training
from golden_routine import deviations
from otel_traces import to_spans

DAY = date(2026, 11, 24)


def test_there_are_enough_flyers_and_each_is_another():
    assert len(FLYERS) >= 30
    assert len({one.product for one in FLYERS}) == len(FLYERS)
    assert IN_USE in MODELS


def test_a_smudged_flyer_does_not_tell_its_price():
    smudged = [one for one in FLYERS if one.smudged]
    assert 0 < len(smudged) < len(FLYERS) / 10
    for flyer in FLYERS:
        assert (f"price: {flyer.price}".encode() in draw(flyer)) != flyer.smudged


def test_what_a_model_read_is_recorded_without_what_is_on_the_flyer():
    flyer = FLYERS[0]
    row = recorded(1, Reading(store="X", product="TOMATO", price=1), "tr-1", 0.25)
    assert row == {
        "id": "flyer-001",
        "outputs": {"items": [{"product": "TOMATO", "price": 1}]},
        "traceId": "tr-1",
        "milliseconds": 250,
    }
    assert labelled(1, flyer)["id"] == row["id"]
    assert not is_right(flyer, row)
    assert is_right(flyer, {"outputs": labelled(1, flyer)["expectations"]})


def test_claims_are_the_same_whenever_they_are_drawn():
    assert draw_claims(50, seed=1).equals(draw_claims(50, seed=1))
    assert not draw_claims(50, seed=1).equals(draw_claims(50, seed=2))
    assert draw_day(DAY, 8).equals(draw_day(DAY, 8))
    assert 0.04 < draw_claims(4000, seed=3)["fraud"].mean() < 0.1


def test_units_of_different_days_are_different_claims():
    days = last_days(DAY, 20)
    units = [unit for day in days for unit in draw_day(day, 8).index]
    assert (len(days), days[-1], len(set(units))) == (20, DAY, 160)


@pytest.mark.parametrize(
    ("risk", "predicted", "straight", "confidence"),
    [(0.01, False, True, 0.99), (0.2, False, False, 0.8), (0.35, True, False, 0.35), (0.9, True, False, 0.9)],
)
def test_a_risk_becomes_a_decision(risk, predicted, straight, confidence):
    one = Decision(risk)
    assert (one.predicted, one.straight_through, one.confidence) == (predicted, straight, confidence)


def test_labels_of_claims_stand_in_the_dataset_only():
    claims = draw_claims(3, seed=1)
    rows = labelled_rows(claims)
    assert set(rows[0]["inputs"]) == set(FEATURES)
    assert [row["expectations"]["actual"] for row in rows] == [bool(one) for one in claims["fraud"]]
    outputs = recorded_rows([Decision(0.01)] * 3, "7")
    assert [row["id"] for row in outputs] == [row["id"] for row in rows]
    assert outputs[0]["version"] == {"kind": "model-version", "name": "fraud-detector", "version": "7"}
    assert set(outputs[0]["outputs"]) == {"predicted", "straightThrough", "confidence"}


def test_what_became_of_a_claim_is_reported_in_the_same_words_each_time():
    claims = draw_day(DAY, 8)
    decisions = {unit: Decision(0.01) for unit in claims.index}
    reports = outcomes_of(DAY, claims, decisions)
    assert reports == outcomes_of(DAY, claims, decisions)
    assert reports[0]["id"] == "CLM-20261124-01-closed"
    assert len({one["id"] for one in reports}) == 8


def test_a_decision_is_a_trace_with_the_tags_of_its_claim_at_its_time():
    steps = decision_steps(DAY, {"CLM-1": Decision(0.01), "CLM-2": Decision(0.5)}, "7")
    first, second = to_spans(steps)
    assert first.attributes["mlflow.traceTag.ops.unit.type"] == "claim"
    assert first.attributes["mlflow.traceTag.ops.unit.id"] == "CLM-1"
    assert json.loads(second.attributes["mlflow.spanOutputs"])["predicted"] is True
    assert first.start_time == 1795478400 * 10**9
    assert first.context.trace_id != second.context.trace_id


def test_enough_outcomes_are_reported_for_the_goal():
    assert (fraud_detector.DAYS - 1) * fraud_detector.CLAIMS_A_DAY >= 150


def test_the_same_recipe_is_the_same_version_and_each_training_has_another():
    assert Training("again", 200).recipe() == Training("again", 200).recipe()
    assert Training("again", 200).recipe() != Training("again", 200, C=0.7).recipe()
    assert len({one.recipe() for one in TRAININGS}) == len(TRAININGS)


def test_a_log_of_a_hundred_claims_is_drawn_from_its_seed():
    events = draw_log()
    assert events == draw_log()
    assert len({event.case for event in events}) == 100
    lines = log_csv(events).splitlines()
    assert lines[0] == "case:concept:name,concept:name,time:timestamp"
    assert len(lines) == len(events) + 1


def test_the_model_names_all_that_claims_do():
    root = ElementTree.fromstring(model_pnml())
    names = {one.findtext("name/text") for one in root.iter("transition")} - {None}
    assert {event.activity for event in draw_log()} <= names
    places = {one.get("id") for one in root.iter("place") if one.get("id")}
    nodes = places | {one.get("id") for one in root.iter("transition")}
    for arc in root.iter("arc"):
        assert {arc.get("source"), arc.get("target")} <= nodes
    assert len({one.get("id") for one in root.iter("arc")}) == len(list(root.iter("arc")))


def test_a_claim_that_deviates_twice_in_one_way_is_counted_once():
    step = {"kind": "log", "activity": "손해 심사"}
    rows = [
        {"scores": [{"parts": {"deviations": [step, step]}}]},
        {"scores": [{"parts": {"deviations": [step, {"kind": "model", "activity": "결과 안내"}]}}]},
        {"scores": [{"parts": None}]},
    ]
    assert deviations(rows) == Counter(
        {"손해 심사: done where the process does not have it": 2, "결과 안내: left out": 1}
    )


def test_a_prompt_version_is_registered_once(monkeypatch):
    kept = []

    def load(uri, allow_missing, link_to_model):
        number = int(uri.rsplit("/", 1)[1])
        return kept[number - 1] if number <= len(kept) else None

    def register(name, template, commit_message):
        kept.append(type("Version", (), {"template": template, "version": len(kept) + 1}))
        return kept[-1]

    monkeypatch.setattr(fp_copilot.mlflow.genai, "load_prompt", load)
    monkeypatch.setattr(fp_copilot.mlflow.genai, "register_prompt", register)
    assert [fp_copilot.register(text, "") for text in ("a", "b", "a", "b")] == ["1", "2", "1", "2"]


def test_a_comparison_is_told_in_a_line_a_metric():
    metric = {
        "metric": "citation_accuracy", "baseline": 0.74, "candidate": 1.0, "difference": 0.26,
        "pairs": 39, "verdict": "better", "adjustedP": 0.0078,
    }  # fmt: skip
    assert fp_copilot.sentence(metric) == (
        "citation_accuracy: 0.74 -> 1.00, n 39, better (p 0.0078)"
    )
    unpaired = {**metric, "difference": None}
    assert fp_copilot.sentence(unpaired) == "citation_accuracy: no row has a score in both"
