"""Signs requests for the townin-mlops front door.

A stock MLflow client uses it by itself with ``MLFLOW_TRACKING_AUTH=townin``. Other calls, such as
those to the cost API, pass it to ``requests``::

    requests.get(f"{tracking_uri}/ops/costs", auth=FrontDoorAuth())
"""

from townin_mlops_client.auth import FrontDoorAuth
from townin_mlops_client.identity import Identity, SigningError

__all__ = ["FrontDoorAuth", "Identity", "SigningError"]
