"""`Ref` of a secret is its ARN, as on AWS; the emulator gives the name.

Policies, task definitions and dynamic references that are made of it would not match otherwise.
"""

from bridges.resource_types import wrap
from ministack.services import secretsmanager


def install(settings) -> None:
    """Translate between the ARN in stacks and the name that the emulator works with."""

    def created(original, logical_id, properties, stack):
        _name, attributes = original(logical_id, properties, stack)
        return attributes["Arn"], attributes

    def updated(original, physical_id, old, new, stack, *rest):
        _name, attributes = original(_name_of(physical_id), old, new, stack, *rest)
        return attributes["Arn"], attributes

    def deleted(original, physical_id, properties):
        return original(_name_of(physical_id), properties)

    wrap("AWS::SecretsManager::Secret", "create", created)
    wrap("AWS::SecretsManager::Secret", "update", updated)
    wrap("AWS::SecretsManager::Secret", "delete", deleted)


def _name_of(arn: str) -> str:
    name, secret = secretsmanager._resolve(arn, use_arn_scope=True)
    return name if secret else arn
