"""The cluster is the local Postgres, and the Data API asks for both permissions."""

import json
from urllib.parse import unquote

import psycopg2
import pytest
from botocore.exceptions import ClientError


def secret(emulator, arn):
    return json.loads(emulator.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])


def execute(emulator, stack, role, secret_arn=None):
    return emulator.client("rds-data", emulator.session(role)).execute_statement(
        resourceArn=stack["Cluster"], secretArn=secret_arn or stack["Master"], sql="select 1")


def test_the_master_is_no_superuser_and_owns_the_database(emulator, postgres, stack):
    login = secret(emulator, stack["Master"])
    assert (login["host"], int(login["port"])) == ("127.0.0.1", postgres.port)
    connection = psycopg2.connect(host=login["host"], port=login["port"], user=login["username"],
                                  password=login["password"], dbname=login["dbname"])
    with connection, connection.cursor() as cursor:
        cursor.execute("select rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba) = rolname"
                       " from pg_roles, pg_database where rolname = user and datname = 'mlops'")
        assert cursor.fetchone() == (False, True, True, True)
    connection.close()


def test_a_secret_that_names_the_cluster_gets_its_local_port(emulator, postgres, stack):
    assert secret(emulator, stack["Login"])["port"] == postgres.port


def test_generated_passwords_obey_their_options(emulator, stack):
    password = secret(emulator, stack["Master"])["password"]
    assert len(password) == 30
    assert password.isalnum()


def test_sql_goes_to_the_endpoint_with_the_login_of_the_secret(emulator, stack):
    emulator.data_api.reply = lambda seen: (200, {"content-type": "application/json"},
                                            b'{"records":[[{"longValue":1}]]}')
    assert execute(emulator, stack, "test-sql")["records"] == [[{"longValue": 1}]]
    seen = emulator.data_api.seen[-1]
    login = secret(emulator, stack["Master"])
    assert seen["target"] == "/Execute"
    assert json.loads(seen["body"])["sql"] == "select 1"
    assert unquote(seen["headers"]["x-database-username"]) == login["username"]
    assert unquote(seen["headers"]["x-database-password"]) == login["password"]


def test_errors_of_the_endpoint_pass_through(emulator, stack):
    emulator.data_api.reply = lambda seen: (400, {"x-amzn-errortype": "DatabaseErrorException"},
                                            b'{"message":"syntax error"}')
    with pytest.raises(ClientError) as caught:
        execute(emulator, stack, "test-sql")
    assert caught.value.response["Error"] == {
        "Code": "DatabaseErrorException", "Message": "syntax error"}


@pytest.mark.parametrize(("role", "with_login", "missing"), [
    ("test-nobody", False, "rds-data:ExecuteStatement"),
    ("test-sql-without-secret", False, "secretsmanager:GetSecretValue"),
    ("test-sql", True, "secretsmanager:GetSecretValue"),
])
def test_sql_needs_the_cluster_and_the_secret(emulator, stack, role, with_login, missing):
    before = len(emulator.data_api.seen)
    with pytest.raises(ClientError, match=missing):
        execute(emulator, stack, role, stack["Login"] if with_login else None)
    assert len(emulator.data_api.seen) == before
