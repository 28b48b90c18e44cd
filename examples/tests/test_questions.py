"""The labels are what figures rest on: each of them must hold."""

import json
import re

import pytest

from clauses import DATA, read_clauses, read_questions
from prompts import COPILOT_FROM_CLAUSES, COPILOT_WITH_CRIB, INSURANCE_QA, Prompt
from question_dataset import to_record

CLAUSES = {one.id: one for one in read_clauses()}
WORKLOADS = ("graphrag", "fp-copilot")
ALL = [one for workload in WORKLOADS for one in read_questions(workload)]
# Goals ask for 30 samples, and some answers cannot be scored.
FEWEST = 40


def test_clauses_are_told_apart_by_their_ids():
    assert len(CLAUSES) == len((DATA / "clauses.jsonl").read_text("utf-8").splitlines())
    assert len({one.text for one in CLAUSES.values()}) == len(CLAUSES)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_has_enough_questions_of_which_few_have_no_answer(workload):
    questions = read_questions(workload)
    answerable = [one for one in questions if one.clauses]
    assert len(answerable) >= FEWEST
    assert 1 <= len(questions) - len(answerable) <= 5


def test_no_question_is_asked_twice():
    assert len({one.id for one in ALL}) == len(ALL)
    assert len({one.question for one in ALL}) == len(ALL)


@pytest.mark.parametrize("question", ALL, ids=lambda one: one.id)
def test_labels_of_a_question_hold(question):
    assert set(question.clauses) <= set(CLAUSES)
    assert bool(question.answer) == bool(question.clauses)
    if question.answer:
        assert any(question.answer in CLAUSES[one].text for one in question.clauses)
        assert question.entries
    for entry in question.entries:
        assert entry in question.question


def test_a_record_keeps_labels_out_of_what_is_asked():
    record = to_record(read_questions("graphrag")[0])
    assert record == {
        "inputs": {"question": "청약을 철회하려면 보험증권을 받고 며칠 안에 해야 하나요?"},
        "expectations": {
            "relevant": ["common-02"],
            "clauses": ["common-02"],
            "entries": ["청약", "철회"],
            "answer": "15일 이내",
        },
        "tags": {"id": "graphrag-001"},
    }


def test_a_question_without_an_answer_has_no_label_that_retrieval_could_fail():
    unanswerable = next(one for one in ALL if not one.clauses)
    assert to_record(unanswerable)["expectations"] == {"answerable": False}


def test_records_are_json():
    for one in ALL:
        assert json.loads(json.dumps(to_record(one), ensure_ascii=False)) == to_record(one)


def test_a_prompt_shows_clauses_with_their_numbers():
    prompt = Prompt("x:1", "약관:\n{{clauses}}\n\n질문: {{question}}")
    filled = prompt.fill([CLAUSES["auto-08"]], "견인은?")
    assert filled == f"약관:\n[auto-08] {CLAUSES['auto-08'].text}\n\n질문: 견인은?"


@pytest.mark.parametrize(
    "template", [COPILOT_WITH_CRIB, COPILOT_FROM_CLAUSES, *(one.template for one in INSURANCE_QA.values())]
)
def test_each_prompt_has_a_place_for_clauses_and_question(template):
    assert template.count("{{clauses}}") == template.count("{{question}}") == 1


def test_the_crib_says_what_the_clauses_no_longer_say():
    lines = re.findall(r"^\[([a-z]+-\d+)\] (.+)$", COPILOT_WITH_CRIB, re.MULTILINE)
    assert len(lines) == 10
    for clause, said in lines:
        numbers = re.findall(r"\d+(?:퍼센트|만원|일|회)", said)
        assert any(one not in CLAUSES[clause].text for one in numbers), said
