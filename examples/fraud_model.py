"""The fraud detector as a model: what its versions are trained with, and what they decide."""

import hashlib
import json
from dataclasses import asdict, dataclass

import mlflow
import pandas as pd
import sklearn
from mlflow import MlflowClient
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from artifact_bucket import ArtifactBucket
from fraud_claims import FEATURES, draw_claims

MODEL = "fraud-detector"
# Up to here a claim is paid without a person, from there on it is taken for fraud.
PAY_BELOW, FRAUD_FROM = 0.07, 0.35


@dataclass(frozen=True)
class Training:
    """What a version is made with."""

    name: str
    claims: int
    seed: int = 20261101
    C: float = 0.5
    class_weight: str | None = None

    @property
    def parameters(self) -> dict:
        """Of scikit-learn's LogisticRegression."""
        return {"C": self.C, "class_weight": self.class_weight, "max_iter": 500}

    def draw(self) -> pd.DataFrame:
        return draw_claims(self.claims, self.seed)

    def recipe(self) -> str:
        """Tells whether a version was made from the same data with the same parameters."""
        data = hashlib.sha256(self.draw().to_csv(index=False).encode()).hexdigest()
        made_of = {**asdict(self), **self.parameters, "sklearn": sklearn.__version__, "data": data}
        return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]


FIRST = Training("first", claims=4000)
# Frauds weigh as much as all other claims together: more of them are caught, but a risk is no longer
# a probability, so that people must look at many claims that could be paid.
BALANCED = Training("balanced", claims=4000, class_weight="balanced")
MORE_CLAIMS = Training("more-claims", claims=8000)
# In the order in which they were tried.
TRAININGS = (FIRST, BALANCED, MORE_CLAIMS)


@dataclass(frozen=True)
class Decision:
    risk: float

    @property
    def predicted(self) -> bool:
        return self.risk >= FRAUD_FROM

    @property
    def straight_through(self) -> bool:
        return self.risk < PAY_BELOW

    @property
    def confidence(self) -> float:
        """Probability that `predicted` is right."""
        return round(self.risk if self.predicted else 1 - self.risk, 4)


def decide(model, claims: pd.DataFrame) -> list[Decision]:
    return [Decision(float(risk)) for risk in model.predict_proba(claims[FEATURES])[:, 1]]


def registered_version(training: Training) -> str | None:
    """The version that was made with the same training before, if there is one."""
    recipe = training.recipe()
    found = MlflowClient().search_model_versions(f"name = '{MODEL}'")
    # Copies have the tags of what they were copied from, which came first.
    made = [int(one.version) for one in found if one.tags.get("recipe") == recipe]
    return str(min(made)) if made else None


def train(training: Training, kept: pd.DataFrame, bucket: ArtifactBucket) -> str:
    """Trains, logs and registers a model, with all that the gate asks for to make it again.

    Args:
        kept: labelled claims that it is not trained on.
        bucket: where the claims are kept that it is trained on.

    Returns:
        The number of its version.
    """
    claims = training.draw()
    features = claims[FEATURES]
    data = f"datasets/{MODEL}/training-{training.name}.csv"
    bucket.put(data, claims.to_csv(index=False), "text/csv")
    with mlflow.start_run(run_name=training.name):
        model = make_pipeline(StandardScaler(), LogisticRegression(**training.parameters))
        model.fit(features, claims["fraud"])
        risks = model.predict_proba(kept[FEATURES])[:, 1]
        dataset = mlflow.data.from_pandas(
            claims,
            source=f"s3://{bucket.name}/{data}",
            name="claims-synthetic",
            targets="fraud",
        )
        mlflow.log_input(dataset, context="training")
        mlflow.log_params(
            {**training.parameters, "training.claims": training.claims, "training.seed": training.seed,
             "pay_below": PAY_BELOW, "fraud_from": FRAUD_FROM, "recipe": training.recipe()}
        )  # fmt: skip
        mlflow.log_metrics(
            {
                "roc_auc": roc_auc_score(kept["fraud"], risks),
                "average_precision": average_precision_score(kept["fraud"], risks),
                "fraud_share": float(claims["fraud"].mean()),
            }
        )
        logged = mlflow.sklearn.log_model(
            model,
            name=MODEL,
            registered_model_name=MODEL,
            signature=infer_signature(features, model.predict(features)),
            input_example=features.head(3),
            # Named, so that MLflow does not import the model once more to find them out.
            pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
        )
    version = str(logged.registered_model_version)
    MlflowClient().set_model_version_tag(MODEL, version, "recipe", training.recipe())
    return version


class ProductionModel:
    """The version in production, loaded anew when another one has come there."""

    def __init__(self) -> None:
        self._loaded: tuple[str, object] | None = None

    def current(self, otherwise: str) -> tuple[str, object]:
        """Number and model of the version in production.

        The registry is asked each time, in some milliseconds, and the model is loaded when the
        answer is another one than before: `load_model("models:/…@production")` alone would keep
        what it once loaded.

        Args:
            otherwise: the version to use while nothing is in production.
        """
        aliases = MlflowClient().get_registered_model(MODEL).aliases
        version = str(aliases.get("production", otherwise))
        if self._loaded is None or self._loaded[0] != version:
            self._loaded = (version, mlflow.sklearn.load_model(f"models:/{MODEL}/{version}"))
        return self._loaded
