"""An object that is not there is 404 only for who may list the bucket, as on AWS; for others it is 403."""

from ministack import app
from ministack.services import s3


def install(settings) -> None:
    """Ask for s3:ListBucket before saying that there is no object."""
    _handle = s3.handle_request

    async def handle(method, path, headers, body, query_params, **more):
        response = await _handle(method, path, headers, body, query_params, **more)
        bucket, _, key = path.lstrip("/").partition("/")
        if method not in ("GET", "HEAD") or response[0] != 404 or not key or bucket not in s3._buckets:
            return response
        denied = app._enforce_data_plane(
            "s3", "s3:ListBucket", headers, query_params, "", resource_arn=f"arn:aws:s3:::{bucket}"
        )
        return denied or response

    s3.handle_request = handle
