"""VPC attributes that templates read, and security group rules as resources of their own."""

from bridges.resource_types import HANDLERS, add, new_id, wrap
from ministack.services import ec2


def install(settings) -> None:
    """Complete AWS::EC2::VPC and add AWS::EC2::SecurityGroupIngress and Egress."""
    for operation in ("create", "update"):
        wrap("AWS::EC2::VPC", operation, _with_cidr_attributes)
    for resource_type, key, peer in (
        ("AWS::EC2::SecurityGroupIngress", "IpPermissions", "SourceSecurityGroupId"),
        ("AWS::EC2::SecurityGroupEgress", "IpPermissionsEgress", "DestinationSecurityGroupId"),
    ):
        if resource_type not in HANDLERS:
            _add_rule_type(resource_type, key, peer)


def _with_cidr_attributes(original, *arguments, **named):
    physical_id, attributes = original(*arguments, **named)
    block = ec2._vpcs[physical_id]["CidrBlock"]
    return physical_id, {
        **attributes, "CidrBlock": block, "CidrBlockAssociations": [], "Ipv6CidrBlocks": [],
    }


def _add_rule_type(resource_type: str, key: str, peer: str) -> None:
    rules: dict[str, dict] = {}

    def create(logical_id, properties, stack):
        physical_id = new_id("sgr-")
        rule = rules[physical_id] = _rule(properties, peer)
        _permissions(properties, key).append(rule)
        return physical_id, {"Id": physical_id}

    def update(physical_id, old, new, stack, logical_id=None):
        delete(physical_id, old)
        rule = rules[physical_id] = _rule(new, peer)
        _permissions(new, key).append(rule)
        return physical_id, {"Id": physical_id}

    def delete(physical_id, properties):
        rule = rules.pop(physical_id, None)
        permissions = _permissions(properties, key)
        permissions[:] = [kept for kept in permissions if kept is not rule]

    add(resource_type, create, update, delete)


def _permissions(properties, key: str) -> list:
    group = ec2._security_groups.get(properties["GroupId"])
    return group[key] if group else []


def _rule(properties, peer: str) -> dict:
    rule = {
        "IpProtocol": str(properties.get("IpProtocol", "-1")),
        "IpRanges": [{"CidrIp": properties["CidrIp"]}] if properties.get("CidrIp") else [],
        "Ipv6Ranges": [{"CidrIpv6": properties["CidrIpv6"]}] if properties.get("CidrIpv6") else [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [{"GroupId": properties[peer]}] if properties.get(peer) else [],
    }
    if properties.get("FromPort") is not None:
        rule["FromPort"] = int(properties["FromPort"])
        rule["ToPort"] = int(properties.get("ToPort", properties["FromPort"]))
    return rule
