"""Models are logged, registered, and loaded by version and by alias."""

import mlflow
import pytest
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression


@pytest.fixture
def registered(experiment, unique):
    """Two versions of a model, of which the first has an alias."""
    name = f"사기 탐지 {unique}"
    for flipped in (False, True):
        labels = [1, 0] if flipped else [0, 1]
        model = LogisticRegression().fit([[0.0], [1.0]], labels)
        with mlflow.start_run():
            mlflow.sklearn.log_model(
                model,
                name="fraud-model",
                registered_model_name=name,
                # Named, so that MLflow does not import the model once more to find them out.
                pip_requirements=["scikit-learn"],
                serialization_format="cloudpickle",
            )
    MlflowClient().set_registered_model_alias(name, "candidate", "1")
    return name


def test_a_model_is_loaded_by_version_and_by_alias(registered):
    first = mlflow.sklearn.load_model(f"models:/{registered}/1")
    second = mlflow.sklearn.load_model(f"models:/{registered}/2")
    assert first.predict([[2.0]]).tolist() == [1]
    assert second.predict([[2.0]]).tolist() == [0]
    candidate = mlflow.pyfunc.load_model(f"models:/{registered}@candidate")
    assert candidate.predict([[2.0]]).tolist() == [1]
    MlflowClient().set_registered_model_alias(registered, "candidate", "2")
    moved = mlflow.pyfunc.load_model(f"models:/{registered}@candidate")
    assert moved.predict([[2.0]]).tolist() == [0]
    lineage = MlflowClient().get_model_version_by_alias(registered, "candidate")
    assert lineage.run_id
