"""How a CloudFormation type is given to the emulator: small builders shared by the bridges.

A handler is a dict of functions: create(logical_id, properties, stack) and
update(physical_id, old, new, stack, logical_id) return (physical id, attributes);
delete(physical_id, properties) returns nothing.
"""

import uuid

from ministack.services.cloudformation import provisioners, stacks

HANDLERS = provisioners._RESOURCE_HANDLERS

_on_worker_thread: set[str] = set()
_runs_on_worker_thread = stacks._runs_on_worker_thread
stacks._runs_on_worker_thread = (
    lambda resource_type: resource_type in _on_worker_thread or _runs_on_worker_thread(resource_type)
)


def new_id(prefix: str) -> str:
    """A physical id in the shape of EC2's."""
    return prefix + uuid.uuid4().hex[:17]


def physical_name(stack: str, logical_id: str, max_length: int = 255) -> str:
    """The name that CloudFormation would generate."""
    return provisioners._physical_name(stack, logical_id, max_len=max_length)


def blocking(resource_type: str) -> None:
    """Handle this type on a worker thread, so that a slow handler does not stop the server."""
    _on_worker_thread.add(resource_type)


def add(resource_type: str, create, update=None, delete=None) -> None:
    """Add a type. It fails when the emulator has it: then the bridge is not needed any more."""
    if resource_type in HANDLERS:
        raise RuntimeError(f"The emulator already provides {resource_type}: remove the bridge for it.")
    HANDLERS[resource_type] = {
        "create": create,
        "update": update or _keep(create),
        "delete": delete or (lambda physical_id, properties: None),
    }


def wrap(resource_type: str, operation: str, around) -> None:
    """Replace an operation of a type by `around(original, *arguments)`."""
    original = HANDLERS[resource_type][operation]
    handler = HANDLERS[resource_type] = dict(HANDLERS[resource_type])
    handler[operation] = lambda *arguments, **named: around(original, *arguments, **named)


def _keep(create):
    """An update that keeps the physical id and takes the attributes of the new properties."""

    def update(physical_id, old, new, stack, logical_id=None):
        fresh_id, attributes = create(logical_id or physical_id, new, stack)
        return physical_id, {
            name: physical_id if value == fresh_id else value for name, value in attributes.items()
        }

    return update
