"""An Aurora PostgreSQL cluster is the local Postgres.

Creating a cluster makes its master user and its database there, and the cluster's endpoint is the
local one, so that secrets with host and port work. The master user is what it is on Aurora: it may
create roles and databases but is no superuser, so that a migration that needs more fails here too.
A secret that names the cluster's address gets the local port: templates may write 5432 down, which
is right on Aurora, while here it may be taken.
Deleting a cluster leaves the database alone: data outlives a redeployment.
"""

import json

from bridges.resource_types import blocking, wrap
from ministack.services import rds, secretsmanager
from ministack.services.cloudformation import provisioners

HOST = "127.0.0.1"


def install(settings) -> None:
    """Point clusters and their instances at the local Postgres."""

    def cluster_created(original, logical_id, properties, stack):
        physical_id, _ = original(logical_id, properties, stack)
        return physical_id, _adopt_cluster(settings, physical_id, properties)

    def cluster_updated(original, physical_id, old, new, stack, logical_id=None):
        physical_id, _ = original(physical_id, old, new, stack, logical_id)
        return physical_id, _adopt_cluster(settings, physical_id, new)

    def instance_created(original, *arguments, **named):
        physical_id, _ = original(*arguments, **named)
        instance = rds._instances[physical_id]
        if instance.get("DBClusterIdentifier") in rds._clusters:
            instance["Endpoint"].update({"Address": HOST, "Port": settings.postgres_port})
        return physical_id, provisioners._rds_db_instance_attrs(instance)

    wrap("AWS::RDS::DBCluster", "create", cluster_created)
    wrap("AWS::RDS::DBCluster", "update", cluster_updated)
    wrap("AWS::RDS::DBInstance", "create", instance_created)
    wrap("AWS::RDS::DBInstance", "update", instance_created)
    blocking("AWS::RDS::DBCluster")

    def secret_written(original, *arguments, **named):
        physical_id, attributes = original(*arguments, **named)
        _use_local_port(settings, attributes["Arn"])
        return physical_id, attributes

    wrap("AWS::SecretsManager::Secret", "create", secret_written)
    wrap("AWS::SecretsManager::Secret", "update", secret_written)


def _adopt_cluster(settings, cluster_id: str, properties) -> dict:
    cluster = rds._clusters[cluster_id]
    if not str(cluster["Engine"]).startswith("aurora-postgresql"):
        raise ValueError(f"The local stack has only PostgreSQL, no {cluster['Engine']}.")
    if properties.get("ManageMasterUserPassword"):
        raise ValueError(
            "The emulator cannot make RDS manage the master password: give the cluster a secret."
        )
    cluster.update({"Endpoint": HOST, "ReaderEndpoint": HOST, "Port": settings.postgres_port})
    ensure_master(
        settings,
        cluster["MasterUsername"],
        properties["MasterUserPassword"],
        properties.get("DatabaseName"),
    )
    return provisioners._rds_db_cluster_attrs(cluster)


def _use_local_port(settings, secret_arn: str) -> None:
    _name, secret = secretsmanager._resolve(secret_arn, use_arn_scope=True)
    for version in secret["Versions"].values():
        try:
            login = json.loads(version.get("SecretString") or "")
        except ValueError:
            continue
        if isinstance(login, dict) and login.get("host") == HOST and "port" in login:
            login["port"] = type(login["port"])(settings.postgres_port)
            version["SecretString"] = json.dumps(login)


def ensure_master(settings, user: str, password: str, database: str | None) -> None:
    """Make the role and its database, or bring them up to date. It may run any number of times."""
    import psycopg2
    from psycopg2 import sql

    try:
        connection = psycopg2.connect(
            host=HOST,
            port=settings.postgres_port,
            user=settings.postgres_admin,
            password=settings.postgres_password,
            dbname="postgres",
            connect_timeout=10,
        )
    except psycopg2.OperationalError as error:
        raise ValueError(
            f"The local Postgres at {HOST}:{settings.postgres_port} does not answer: {error}"
        ) from error
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_roles where rolname = %s", (user,))
            verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
            cursor.execute(
                sql.SQL(
                    "{} ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER NOBYPASSRLS NOREPLICATION "
                    "PASSWORD {}"
                ).format(verb, sql.Identifier(user), sql.Literal(password))
            )
            if not database:
                return
            cursor.execute(
                "select pg_get_userbyid(datdba) from pg_database where datname = %s", (database,)
            )
            owner = cursor.fetchone()
            if owner is None:
                statement = "CREATE DATABASE {} OWNER {}"
            elif owner[0] != user:
                statement = "ALTER DATABASE {} OWNER TO {}"
            else:
                return
            cursor.execute(
                sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(user))
            )
    finally:
        connection.close()
