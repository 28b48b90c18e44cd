"""The expressions of the app's own state machine, evaluated as the emulator does."""

import json
from pathlib import Path

import pytest
from ministack.services import stepfunctions

SNAPSHOT = Path(__file__).parents[2] / "lib" / "__snapshots__" / "local.json"


@pytest.fixture(scope="module")
def states():
    resources = json.loads(SNAPSHOT.read_text())
    (machine,) = [v for k, v in resources.items() if k.endswith("(AWS::StepFunctions::StateMachine)")]
    parts = machine["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "resource" for part in parts)
    return json.loads(text)["States"]


def evaluated(template, given, **more):
    return stepfunctions._apply_jsonata_template(template, given, {"variables": {}}, **more)


@pytest.mark.parametrize("name", ["EvaluateBatches", "EvaluateManyBatches"])
@pytest.mark.parametrize(("error", "sentence"), [
    # As Lambda writes it, and as the emulator does.
    ({"Error": "NoSuchBucket", "Cause": '{"errorType":"NoSuchBucket","errorMessage":"There is none.","trace":["x"]}'},
     "NoSuchBucket: There is none."),
    ({"Error": "NoSuchBucket", "Cause": '{"errorMessage": "There is none.", "errorType": "NoSuchBucket"}'},
     "NoSuchBucket: There is none."),
    ({"Error": "Lambda.TooManyRequestsException", "Cause": "Rate exceeded"},
     "Lambda.TooManyRequestsException: Rate exceeded"),
    ({"Error": "States.Timeout"}, "States.Timeout: "),
    ({"Error": "Long", "Cause": "x" * 40_000}, "Long: " + "x" * 494),
])
def test_why_a_batch_is_lost_is_a_sentence(states, name, error, sentence):
    (run,) = [s for n, s in states[name]["ItemProcessor"]["States"].items() if n.startswith("Run")]
    output = evaluated(run["Catch"][0]["Output"], {"evaluationId": "ev-1", "batch": 0},
                       error_output=error)
    assert output == {"evaluationId": "ev-1", "batch": 0, "lost": sentence}


@pytest.mark.parametrize("items", [[{"batch": 0}], [{"batch": 0}, {"batch": 1}]])
def test_one_batch_is_a_list_too(states, items):
    assert evaluated(states["EvaluateBatches"]["Items"], {"items": items}) == items


@pytest.mark.parametrize(("prepared", "following"), [
    ({"items": [], "large": False}, "Conclude"),
    ({"items": [{"batch": 0}], "large": False}, "EvaluateBatches"),
    ({"items": [{"batch": 0}] * 41, "large": True}, "EvaluateManyBatches"),
])
def test_where_it_goes_on_after_preparing(states, prepared, following):
    context = {"QueryLanguage": "JSONata", "variables": {}}
    _output, name = stepfunctions._execute_choice(states["HowManyBatches"], prepared, context)
    assert name == following


@pytest.mark.parametrize(("result", "attempts", "following"), [
    ("settled", 0, "Conclude"),
    ("busy", 0, "LetOthersSettle"),
    ("unfinished", 18, "LetOthersSettle"),
    ("busy", 19, "Conclude"),
])
def test_costs_are_settled_until_they_are_or_it_takes_too_long(states, result, attempts, following):
    output = evaluated(states["SettleCosts"]["Output"], {"evaluationId": "ev-1", "attempts": attempts},
                       result={"Payload": {"result": result}})
    assert output["evaluationId"] == "ev-1"
    context = {"QueryLanguage": "JSONata", "variables": {}}
    assert stepfunctions._execute_choice(states["AreCostsSettled"], output, context)[1] == following


@pytest.mark.parametrize("cause", ["Out of memory", None])
def test_the_execution_ends_with_the_failure(states, cause):
    failure = {"Error": "Runtime.ExitError", **({"Cause": cause} if cause else {})}
    given = {"evaluationId": "ev-1", "failure": failure}
    context = {"QueryLanguage": "JSONata", "variables": {}}
    ended = stepfunctions._fail_state_error(states["EvaluationFailed"], given, context)
    assert ended == ("Runtime.ExitError", cause or "")
