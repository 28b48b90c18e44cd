"""The platform's own API under /ops, called with the signature of the MLflow client."""

import os
import time
from collections.abc import Callable
from urllib.parse import quote, urlencode
from uuid import uuid4

import requests
from townin_mlops_client import FrontDoorAuth

ENDED = ("completed", "incomplete", "failed", "cancelled")
# What passes by itself: the database wakes up, too many evaluations are under way.
PASSING = (429, 502, 503, 504)


class PlatformError(Exception):
    """The platform refused, or did not answer in time; the message is fit to be shown."""

    def __init__(self, message: str, status: int | None = None) -> None:
        """
        Args:
            status: of the answer; None where there was none.
        """
        super().__init__(message)
        self.status = status


class PlatformApi:
    """Evaluations, comparisons, best runs, outcomes, and the gate."""

    def __init__(self, patience: float = 60, sleep: Callable[[float], None] = time.sleep) -> None:
        """
        Args:
            patience: seconds for which a call that may pass is tried again.
            sleep: waits for so many seconds.
        """
        self._base = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
        self._auth = FrontDoorAuth() if os.environ.get("MLFLOW_TRACKING_AUTH") == "townin" else None
        self._patience = patience
        self._sleep = sleep

    def start_evaluation(self, workload: str, **wish) -> str:
        """Starts an evaluation; what is left out is as in the workload's benchmark.

        Args:
            workload: its name in config/workloads.ts.
            wish: `subject`, `source`, `metrics`, `parameters` … of `POST /ops/evaluations`.

        Returns:
            The id of the evaluation.
        """
        # A key of this call: a request that is sent again must not start a second evaluation.
        body = {"workload": workload, "idempotencyKey": str(uuid4()), **wish}
        return self._call("POST", "/ops/evaluations", body)["id"]

    def evaluation(self, identifier: str) -> dict:
        return self._call("GET", f"/ops/evaluations/{identifier}")

    def rows(self, identifier: str, **query) -> list[dict]:
        """All rows of an evaluation, over its pages."""
        found, offset = [], 0
        while offset is not None:
            asked = urlencode({"limit": 100, **query, "offset": offset})
            page = self._call("GET", f"/ops/evaluations/{identifier}/rows?{asked}")
            found += page["rows"]
            offset = page["nextOffset"]
        return found

    def compare(self, workload: str, baseline: str, candidate: str) -> dict:
        """Pairs two evaluations row by row."""
        body = {"workload": workload, "baseline": baseline, "candidate": candidate}
        return self._call("POST", "/ops/comparisons", body)

    def best_run(self, workload: str, goals: str, order_by: str) -> dict:
        """Runs that meet goals such as `field_accuracy=atLeast:0.9`, best first, ties by cost."""
        asked = urlencode({"goals": goals, "orderBy": order_by})
        return self._call("GET", f"/ops/workloads/{workload}/best-run?{asked}")

    def report_outcomes(self, outcomes: list[dict]) -> dict:
        """Reports what became of units; a report with an id that was sent before changes nothing."""
        return self._call("POST", "/ops/outcomes", {"outcomes": outcomes})

    def roll_back(self, kind: str, name: str, reason: str, to: int | None = None) -> list[dict]:
        """Returns an earlier version to production.

        Args:
            kind: `model` or `prompt`.
            to: a version that was in production earlier; the one before when left out.

        Returns:
            The ledger's entries, one for each name that was moved.

        Raises:
            PlatformError: with status 409 when there is nothing to go back to.
        """
        body = {"reason": reason, **({} if to is None else {"to": to})}
        path = f"/ops/{kind}s/{quote(name, safe='')}/rollbacks"
        # Asked twice, it would go back two versions.
        return self._call("POST", path, body, again=False)["entries"]

    def ledger(self, limit: int) -> list[dict]:
        """The last entries of the ledger, newest first."""
        page = self._call("GET", f"/ops/ledger?limit={limit}")
        return [one["entry"] for one in page["entries"]]

    def wait(self, identifiers: list[str], seconds: float = 180) -> dict[str, dict]:
        """Waits until evaluations have ended, and says how far they are when that changes.

        Raises:
            PlatformError: they did not end in time.
        """
        ended: dict[str, dict] = {}
        deadline = time.monotonic() + seconds
        said = ""
        while True:
            for one in identifiers:
                if one not in ended and (found := self.evaluation(one))["status"] in ENDED:
                    ended[one] = found
            progress = f"  {len(ended)} of {len(identifiers)} evaluations have ended"
            if progress != said:
                print(progress, flush=True)
                said = progress
            left = [one for one in identifiers if one not in ended]
            if not left:
                return ended
            if time.monotonic() >= deadline:
                raise PlatformError(
                    f"After {seconds:.0f} s these evaluations have not ended: {', '.join(left)}. "
                    f"GET {self._base}/ops/evaluations/{left[0]} says how far it is."
                )
            self._sleep(1)

    def _call(
        self, method: str, path: str, body: dict | None = None, again: bool = True
    ) -> dict:
        """
        Args:
            again: whether the call may be sent again when its answer is lost.
        """
        deadline = time.monotonic() + self._patience
        pause = 0.5
        while True:
            try:
                response = requests.request(
                    method, self._base + path, json=body, auth=self._auth, timeout=30
                )
            except requests.ConnectionError as error:
                response, why = None, f"{self._base} cannot be reached: {error}"
            except requests.Timeout:
                response, why = None, f"{method} {path} was not answered in 30 s."
            else:
                if response.ok:
                    return response.json()
                why = _reason(method, path, response)
            status = None if response is None else response.status_code
            may_pass = again and (status is None or status in PASSING)
            wait = _retry_after(response) or pause
            if not may_pass or time.monotonic() + wait > deadline:
                raise PlatformError(why, status)
            self._sleep(wait)
            pause = min(pause * 2, 10)


def require_completed(evaluation: dict) -> dict:
    """Raises what is wrong with an evaluation of which every row should have been judged."""
    if evaluation["status"] != "completed":
        raise PlatformError(
            f"The evaluation {evaluation['id']} of {evaluation['workload']} is "
            f"{evaluation['status']}: {evaluation['reason'] or 'no reason was given'}"
        )
    return evaluation


def figure(evaluation: dict, metric: str) -> dict | None:
    """The figure of a metric with its interval; None where the evaluation has none."""
    return next((one for one in evaluation["figures"] if one["metric"] == metric), None)


def show(evaluation: dict, metrics: list[str]) -> str:
    """Figures in a line: `faithfulness 0.98 (0.93 to 1.00, n 45) met`."""
    return ", ".join(_show_one(metric, figure(evaluation, metric)) for metric in metrics)


def _show_one(metric: str, found: dict | None) -> str:
    if found is None or found["value"] is None:
        return f"{metric} unknown"
    text = f"{metric} {found['value']:.3g}"
    if found["lower"] is not None:
        text += f" ({found['lower']:.3g} to {found['upper']:.3g}, n {found['samples']})"
    return f"{text} {found['verdict']}" if found["verdict"] else text


def _reason(method: str, path: str, response: requests.Response) -> str:
    if response.status_code == 404 and not path.startswith("/ops/evaluations/"):
        return f"{response.url} does not exist: a plain MLflow server, or an older platform?"
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    said = problem.get("detail") or problem.get("message") or response.text[:300]
    wrong = "; ".join(f"{one['field']} {one['message']}" for one in problem.get("violations", []))
    return f"{method} {path.split('?')[0]} answered {response.status_code}: {said} {wrong}".strip()


def _retry_after(response: requests.Response | None) -> float | None:
    try:
        return float(response.headers["Retry-After"]) if response is not None else None
    except (KeyError, ValueError):
        return None
