"""Makes MLflow's tables as they were at a revision, by MLflow's own migrations."""

import sys

from alembic import command
from mlflow.store.db.utils import _get_alembic_config, create_sqlalchemy_engine_with_retry
from mlflow.store.tracking.dbmodels.initial_models import Base

url, revision = sys.argv[1:]
engine = create_sqlalchemy_engine_with_retry(url)
Base.metadata.create_all(engine)
config = _get_alembic_config(url)
with engine.begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
