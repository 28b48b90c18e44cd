"""Who may not list a bucket does not learn what is missing in it."""

import pytest


@pytest.mark.parametrize(("role", "code"), [("test-reader", "AccessDenied"), ("test-lister", "NoSuchKey")])
def test_a_missing_object(emulator, stack, role, code):
    s3 = emulator.client("s3", emulator.session(role))
    with pytest.raises(s3.exceptions.ClientError) as raised:
        s3.get_object(Bucket="test-artifacts", Key="missing")
    assert raised.value.response["Error"]["Code"] == code


def test_an_object_that_is_there_is_read_by_who_may_read_it(emulator, stack):
    emulator.client("s3").put_object(Bucket="test-artifacts", Key="there", Body=b"yes")
    s3 = emulator.client("s3", emulator.session("test-reader"))
    assert s3.get_object(Bucket="test-artifacts", Key="there")["Body"].read() == b"yes"
