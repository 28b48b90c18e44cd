"""What the program makes of the gate's answers."""

import pytest
from mlflow.exceptions import MlflowException, RestException

from platform_api import PlatformError
from promote import ledger_lines, move, refusal_of, try_rollback

WORDS = "insurance_qa version 1 may not become production: 1 of 2 conditions failed.\n- goal: missed."


def error(code, message):
    return RestException({"error_code": code, "message": message})


def raiser(failure):
    def ask():
        raise failure

    return ask


@pytest.mark.parametrize("code", ["INVALID_PARAMETER_VALUE", "PERMISSION_DENIED"])
def test_a_refusal_is_told_as_it_comes(code):
    assert refusal_of(error(code, WORDS)) == WORDS
    assert move("insurance_qa", "1", lambda: None, raiser(error(code, WORDS))) == f"refused: {WORDS}"


def test_any_other_error_is_no_refusal():
    with pytest.raises(MlflowException, match="policy"):
        move("x", "1", lambda: None, raiser(error("PERMISSION_DENIED", "A policy is missing.")))


def test_a_move_tells_whether_anything_moved():
    versions = iter([None, "2"])
    assert move("x", "2", lambda: next(versions), lambda: None).startswith("promoted: x version 2")
    assert move("x", "2", lambda: "2", lambda: None).startswith("already there: x version 2")


def test_a_move_that_did_not_happen_ends_the_program():
    with pytest.raises(SystemExit, match="version 1 is in production"):
        move("x", "2", lambda: "1", lambda: None)


def test_the_ledger_shows_who_and_what_in_columns():
    entry = {
        "sequence": 12,
        "action": "promotion",
        "name": "insurance_qa",
        "from": None,
        "to": 2,
        "actor": "arn:aws:sts::1:assumed-role/scientist/kim",
        "reason": "",
    }
    lines = ledger_lines([entry, {**entry, "actor": "platform", "reason": "because"}])
    assert [line.split() for line in lines[1:]] == [
        ["12", "promotion", "insurance_qa", "–", "2", "kim", "–"],
        ["12", "promotion", "insurance_qa", "–", "2", "platform", "because"],
    ]
    assert lines[0].index("by") == lines[1].index("kim")


class Rollbacks:
    """The platform, which answers one rollback after the other."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def roll_back(self, kind, name, reason, to=None):
        self.asked.append(to)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer]


def test_a_rollback_goes_back_once_to_the_version_before(capsys):
    platform = Rollbacks({"from": 3, "to": 2})
    try_rollback(platform)
    assert platform.asked == [None]
    assert "version 2 is in production instead of 3" in capsys.readouterr().out


def test_where_nothing_was_before_the_platforms_sentence_is_shown(capsys):
    try_rollback(Rollbacks(PlatformError("there is nothing to go back to", 409)))
    assert "  there is nothing to go back to" in capsys.readouterr().out


def test_a_rollback_that_fails_otherwise_ends_the_program():
    with pytest.raises(PlatformError, match="waking"):
        try_rollback(Rollbacks(PlatformError("waking up", 503)))
