"""An ECS service is run by the local supervisor.

Creating or updating `AWS::ECS::Service` in a stack resolves its task definition (command,
environment, secrets, credentials of the task role) and hands it over; the resource completes when
the supervisor says that the service is healthy, and fails with the supervisor's text otherwise.
"""

import http.client
import json
from urllib.parse import quote

from bridges import role_session
from bridges.resource_types import blocking, wrap
from ministack.services import ecs, secretsmanager, ssm

TIMEOUT_SECONDS = 600


def install(settings) -> None:
    """Run services of stacks through the supervisor."""

    def created(original, logical_id, properties, stack):
        physical_id, attributes = original(logical_id, properties, stack)
        _put(settings, attributes["Name"], properties)
        return physical_id, attributes

    def updated(original, physical_id, old, new, stack, *rest):
        physical_id, attributes = original(physical_id, old, new, stack, *rest)
        _put(settings, attributes["Name"], new)
        return physical_id, attributes

    def deleted(original, physical_id, properties, *rest):
        name = properties.get("ServiceName") or physical_id.rsplit("/", 1)[-1]
        _call(settings, "DELETE", f"/ecs/services/{quote(name, safe='')}", None)
        return original(physical_id, properties, *rest)

    wrap("AWS::ECS::Service", "create", created)
    wrap("AWS::ECS::Service", "update", updated)
    wrap("AWS::ECS::Service", "delete", deleted)
    blocking("AWS::ECS::Service")


def _put(settings, name: str, properties) -> None:
    if int(properties.get("DesiredCount", 1)) == 0:
        _call(settings, "DELETE", f"/ecs/services/{quote(name, safe='')}", None)
        return
    definition = ecs._task_defs[ecs._resolve_td_key(properties["TaskDefinition"])]
    role = definition.get("taskRoleArn")
    credentials = role_session.credentials(role, "task") if role else {}
    description = {
        "service": name,
        "cluster": properties.get("Cluster", "default"),
        "containers": [
            _container(settings, credentials, container)
            for container in definition["containerDefinitions"]
        ],
    }
    _call(settings, "POST", "/ecs/services", description)
    for service in ecs._services.values():
        if service["serviceName"] == name:
            service["runningCount"] = service["desiredCount"]


def _container(settings, credentials, container) -> dict:
    environment = {
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ENDPOINT_URL": settings.endpoint,
        **credentials,
    }
    for entry in container.get("environment") or []:
        environment[_of(entry, "name")] = str(_of(entry, "value"))
    for entry in container.get("secrets") or []:
        environment[_of(entry, "name")] = _secret(_of(entry, "valueFrom"))
    return {
        "name": container["name"],
        "essential": container.get("essential", True),
        "dependsOn": [
            {"containerName": _of(entry, "containerName"), "condition": _of(entry, "condition")}
            for entry in container.get("dependsOn") or []
        ],
        "image": container["image"],
        "entryPoint": container.get("entryPoint") or [],
        "command": container.get("command") or [],
        "environment": environment,
    }


def _of(entry, name: str):
    """A value by its camelCase name, which the emulator leaves in PascalCase in some places."""
    return entry.get(name, entry.get(name[0].upper() + name[1:]))


def _secret(reference: str) -> str:
    """The value behind `valueFrom`: an SSM parameter, a secret, or one key of a JSON secret."""
    if ":ssm:" in reference or not reference.startswith("arn:"):
        name = reference.split(":parameter", 1)[-1]
        record = ssm._parameters.get(name) or ssm._parameters.get(name.lstrip("/"))
        if not record:
            raise ValueError(f"unable to pull secrets: no SSM parameter {reference}")
        return record["Value"]
    parts = reference.split(":")
    arn, (key, stage, version) = ":".join(parts[:7]), (parts[7:] + ["", "", ""])[:3]
    _name, secret = secretsmanager._resolve(arn, use_arn_scope=True)
    if not secret:
        raise ValueError(f"unable to pull secrets: no secret {arn}")
    value = next(
        (v.get("SecretString") for version_id, v in secret.get("Versions", {}).items()
         if (version and version_id == version)
         or (not version and (stage or "AWSCURRENT") in v.get("Stages", []))),
        None,
    )
    if value is None:
        raise ValueError(f"unable to pull secrets: {arn} has no value")
    if not key:
        return value
    fields = json.loads(value)
    if key not in fields:
        raise ValueError(f"unable to pull secrets: {arn} has no JSON key {key}")
    return str(fields[key])


def _call(settings, method: str, path: str, description) -> None:
    """Call the supervisor; its refusal is an error with its own text."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", settings.supervisor_port, timeout=TIMEOUT_SECONDS
    )
    try:
        body = None if description is None else json.dumps(description).encode()
        headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {settings.supervisor_token}",
        }
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.read().decode("utf-8", "replace")
    except OSError as error:
        if method == "DELETE":
            return  # it is gone, and so is what it ran
        raise ValueError(
            f"The local supervisor on port {settings.supervisor_port} does not answer: {error}"
        ) from error
    finally:
        connection.close()
    if response.status >= 400 and not (method == "DELETE" and response.status == 404):
        try:
            answer = json.loads(answer)["error"]
        except (ValueError, KeyError, TypeError):
            pass
        raise ValueError(str(answer))
