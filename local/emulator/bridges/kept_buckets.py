"""A bucket whose objects were kept from an earlier run is created again by its stack.

Objects and versions survive a restart on disk, stacks do not: redeploying would be refused because
the bucket exists. A bucket that was loaded from disk and belongs to no stack yet is adopted, with
its objects, by the first stack that creates it. Any other bucket is a conflict, as on AWS.
"""

from bridges.resource_types import wrap
from ministack.core.responses import get_account_id
from ministack.services import s3
from ministack.services.cloudformation import provisioners


def install(settings) -> None:
    """Let AWS::S3::Bucket adopt what was loaded from disk."""
    kept = set(s3._buckets._data)

    def is_kept(name) -> bool:
        return (get_account_id(), name) in kept

    _conflict = provisioners.s3_bucket_name_conflict

    def name_conflict(name):
        return None if is_kept(name) else _conflict(name)

    def create(original, logical_id, properties, stack):
        name = properties.get("BucketName")
        if not name or not is_kept(name):
            return original(logical_id, properties, stack)
        objects = s3._buckets.pop(name)["objects"]
        try:
            return original(logical_id, properties, stack)
        finally:
            s3._buckets.setdefault(name, {})["objects"] = objects
            kept.discard((get_account_id(), name))

    provisioners.s3_bucket_name_conflict = name_conflict
    wrap("AWS::S3::Bucket", "create", create)
