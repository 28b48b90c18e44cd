"""CloudFormation types that the emulator does not know and that have no effect locally.

Recording them keeps a template whole: an unknown type would reject all of it.
"""

from bridges.resource_types import HANDLERS, add, new_id, physical_name

_ID = object()  # the attribute is the physical id

# type: (prefix of the physical id, attributes)
RECORDED = {
    "AWS::EC2::EIP": ("eipalloc-", {"AllocationId": _ID, "PublicIp": "203.0.113.7"}),
    "AWS::EC2::NatGateway": ("nat-", {"NatGatewayId": _ID}),
    "AWS::EC2::FlowLog": ("fl-", {"Id": _ID}),
    "AWS::EC2::NetworkAcl": ("acl-", {"Id": _ID}),
    "AWS::EC2::NetworkAclEntry": ("acle-", {"Id": _ID}),
    "AWS::EC2::SubnetNetworkAclAssociation": ("aclassoc-", {"AssociationId": _ID}),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("st-", {"Id": _ID}),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ("sp-", {"Arn": _ID, "PolicyName": _ID}),
    "AWS::Backup::BackupSelection": ("bs-", {"Id": _ID, "SelectionId": _ID}),
    "AWS::Budgets::Budget": ("budget-", {}),
    "AWS::ECS::CapacityProvider": ("cp-", {}),
    "AWS::ECS::ClusterCapacityProviderAssociations": ("cpa-", {}),
    "AWS::Events::ApiDestination": ("dest-", {"Arn": _ID}),
    "AWS::Events::Connection": ("conn-", {"Arn": _ID, "SecretArn": _ID}),
    "AWS::IAM::ServiceLinkedRole": ("slr-", {"RoleName": _ID}),
    "AWS::Logs::QueryDefinition": ("qd-", {"QueryDefinitionId": _ID}),
    "AWS::RDS::DBProxy": ("prx-", {"DBProxyArn": _ID}),
    "AWS::SecretsManager::ResourcePolicy": ("rp-", {"Id": _ID}),
    "AWS::SecretsManager::RotationSchedule": ("rot-", {"Id": _ID}),
    "AWS::WAFv2::LoggingConfiguration": ("wl-", {}),
    "AWS::WAFv2::WebACLAssociation": ("wa-", {}),
    "AWS::XRay::Group": ("xg-", {"GroupARN": _ID}),
}


def install(settings) -> None:
    """Add every recorded type that the emulator does not have."""
    for resource_type, (prefix, attributes) in RECORDED.items():
        if resource_type not in HANDLERS:
            add(resource_type, _recorder(prefix, attributes))
    add("AWS::CloudWatch::CompositeAlarm", _composite_alarm, _update_composite, _delete_composite)


def _recorder(prefix, attributes):
    def create(logical_id, properties, stack):
        physical_id = new_id(prefix)
        return physical_id, {k: physical_id if v is _ID else v for k, v in attributes.items()}

    return create


def _composite_alarm(logical_id, properties, stack):
    from ministack.services import cloudwatch

    name = properties.get("AlarmName") or physical_name(stack, logical_id)
    status, _headers, body = cloudwatch._put_composite_alarm(
        {}, dict(properties, AlarmName=name), False, True
    )
    if status != 200:
        raise ValueError(f"AWS::CloudWatch::CompositeAlarm failed: {body!r}")
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _update_composite(physical_id, old, new, stack, logical_id=None):
    return _composite_alarm(logical_id, dict(new, AlarmName=physical_id), stack)


def _delete_composite(physical_id, properties):
    from ministack.services import cloudwatch

    cloudwatch._composite_alarms.pop(physical_id, None)
