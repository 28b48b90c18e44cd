"""Makes sure that traces are sent with their spans.

Before its first span MLflow's client asks the server for its version, once, and gives it 3 seconds. If
the server is too busy just then, the process sends traces without spans from then on, without a word:
they have no tokens and no cost. Seen with MLflow 3.17; later ones may not need this.
"""

from __future__ import annotations

import time

from mlflow.store.tracking.rest_store import RestStore
from mlflow.tracking import get_tracking_uri
from mlflow.utils.credentials import get_default_host_creds


def require_spans(patience: float = 60) -> None:
    """Asks for the server's version until it is known, so that no later span is held back.

    Call it once when an application starts, before its first trace.

    Args:
        patience: seconds for which a server that is busy is asked again.

    Raises:
        TimeoutError: the server did not tell its version in time; traces would have no spans.
    """
    ask = getattr(RestStore, "_get_server_version", None)
    if ask is None or not hasattr(ask, "cache_clear"):
        # Another version of MLflow, which asks in another way or not at all.
        return
    uri = get_tracking_uri()
    if not uri.startswith("http"):
        return
    deadline = time.monotonic() + patience
    while ask(get_default_host_creds(uri)) is None:
        # What is remembered is the failure as well.
        ask.cache_clear()
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{uri} did not tell its version in {patience:.0f} s: traces would be sent without their spans."
            )
        time.sleep(1)
