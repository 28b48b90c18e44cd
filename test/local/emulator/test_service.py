"""ECS services are described to the supervisor, and its refusal fails the stack."""

import json

import pytest
from template import TEMPLATE, ref


def described(emulator):
    return json.loads(next(
        seen for seen in reversed(emulator.supervisor.seen) if seen["method"] == "POST"
    )["body"])


def test_the_supervisor_gets_containers_with_resolved_secrets(emulator, postgres, stack):
    description = described(emulator)
    assert (description["service"], description["cluster"]) == ("test-service", "test")
    upgrade, main = description["containers"]
    assert (upgrade["name"], upgrade["essential"], upgrade["command"]) == (
        "upgrade", False, ["upgrade"])
    assert main["dependsOn"] == [{"containerName": "upgrade", "condition": "SUCCESS"}]
    environment = main["environment"]
    assert (environment["A"], environment["PGUSER"]) == ("b", "mlflow")
    assert environment["PGPORT"] == str(postgres.port)
    assert environment["PGPASSWORD"].isalnum()


def test_a_container_works_with_the_task_role(emulator, stack):
    environment = described(emulator)["containers"][1]["environment"]
    sts = emulator.client("sts", {
        "AccessKeyId": environment["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": environment["AWS_SECRET_ACCESS_KEY"],
        "SessionToken": environment["AWS_SESSION_TOKEN"]})
    assert sts.get_caller_identity()["Arn"].endswith(":assumed-role/test-task/task")


def test_the_text_of_a_refusal_is_the_reason_of_the_failure(emulator, stack):
    emulator.supervisor.reply = lambda seen: (500, {}, b'{"error":"MLflow said no"}')
    resources = {
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "refused", "ContainerDefinitions": [{"Name": "a", "Image": "b"}]}},
        "Service": {**TEMPLATE["Resources"]["Service"], "DependsOn": [], "Properties": {
            "ServiceName": "refused", "Cluster": "test", "TaskDefinition": ref("Task")}},
    }
    with pytest.raises(AssertionError, match="MLflow said no"):
        emulator.deploy({"Resources": resources}, "refused")


def test_rules_of_security_groups_are_kept(emulator, stack):
    group = emulator.client("ec2").describe_security_groups(GroupIds=[stack["Group"]])
    (rule,) = [r for r in group["SecurityGroups"][0]["IpPermissions"] if r.get("FromPort") == 5432]
    assert rule["UserIdGroupPairs"][0]["GroupId"] == stack["Group"]
