"""What the emulator lacks or does differently from AWS, one module for each gap.

Every module has `install(settings)`, which replaces functions of the emulator in this process.
"""

from bridges import (
    alarms,
    asynchronous_targets,
    authorization_context,
    cluster_database,
    data_api,
    distributed_map,
    ecs_service,
    executions,
    front_door_records,
    generated_secrets,
    http_api,
    kept_buckets,
    lambda_environment,
    lambda_failures,
    missing_objects,
    network,
    no_containers,
    recorded_types,
    schedule_moments,
    scheduler_targets,
    secret_reference,
    service_metrics,
    state_machine_role,
    transport_security,
    vpc_link,
)

ALL = (
    no_containers,
    recorded_types,
    secret_reference,
    network,
    transport_security,
    authorization_context,
    kept_buckets,
    missing_objects,
    generated_secrets,
    cluster_database,
    data_api,
    lambda_environment,
    lambda_failures,
    http_api,
    vpc_link,
    front_door_records,
    ecs_service,
    scheduler_targets,
    schedule_moments,
    asynchronous_targets,
    executions,
    state_machine_role,
    distributed_map,
    service_metrics,
    alarms,
)


def install(settings) -> None:
    """Put every bridge in place. Call once, before the emulator serves."""
    for bridge in ALL:
        bridge.install(settings)
