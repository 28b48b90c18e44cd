"""What the gate answers a data scientist who moves `production`, with MLflow's own calls.

Run fp_copilot.py and fraud_detector.py before it: they register the versions and evaluate them.
docs/gate.md explains what is asked. Needs MLFLOW_TRACKING_URI and MLFLOW_TRACKING_AUTH=townin.
"""

import sys
import warnings
from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from fp_copilot import version_of
from fraud_detector import MODEL, recipe, registered_version
from fraud_detector import WORKLOAD as FRAUD
from platform_api import PlatformApi, PlatformError
from prompts import COPILOT_FROM_CLAUSES, COPILOT_PROMPT, COPILOT_WITH_CRIB
from session import connect, exit_with_a_sentence

ENTRIES = 6
# How every refusal of the gate begins, behind the name and the version.
REFUSAL = "may not become production"


def refusal_of(error: MlflowException) -> str | None:
    """What the gate says when it refuses; None for any other error."""
    _, _, said = str(error).rpartition(f"{error.error_code}: ")
    return said if REFUSAL in said.split("\n")[0] else None


def move(name: str, version: str, current: Callable[[], str | None], ask: Callable[[], object]) -> str:
    """Asks for a version in production and tells what came of it.

    Args:
        current: reads which version is in production now.
        ask: MLflow's call that moves it there.
    """
    before = current()
    try:
        ask()
    except MlflowException as error:
        said = refusal_of(error)
        if said is None:
            raise
        return f"refused: {said}"
    now = current()
    if now != version:
        sys.exit(f"MLflow took version {version} of {name}, and version {now} is in production.")
    if before == version:
        return f"already there: {name} version {version} is in production"
    return f"promoted: {name} version {version} is in production"


def production(client: MlflowClient, name: str, kind: str) -> str | None:
    """The version in production, as the registry says it."""
    read = client.get_prompt_version_by_alias if kind == "prompt" else client.get_model_version_by_alias
    try:
        return str(read(name, "production").version)
    except MlflowException as error:
        # Without the alias; a missing name is told by the call that follows.
        if error.error_code in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"):
            return None
        raise


def try_prompts(client: MlflowClient) -> None:
    for template in (COPILOT_WITH_CRIB, COPILOT_FROM_CLAUSES):
        version = version_of(template)
        if version is None:
            sys.exit(f"There is no version of {COPILOT_PROMPT} to promote: run examples/fp_copilot.py.")
        print(f'set_prompt_alias("{COPILOT_PROMPT}", "production", {version})')
        answer = move(
            COPILOT_PROMPT,
            version,
            lambda: production(client, COPILOT_PROMPT, "prompt"),
            lambda: client.set_prompt_alias(COPILOT_PROMPT, "production", int(version)),
        )
        print(indented(answer))


def try_model(client: MlflowClient) -> None:
    version = registered_version(recipe())
    if version is None:
        sys.exit(f"There is no version of {MODEL} to promote: run examples/fraud_detector.py.")
    print(f'transition_model_version_stage("{MODEL}", {version}, "Production")')

    def ask() -> None:
        with warnings.catch_warnings():
            # Stages are deprecated, and guarded all the same.
            warnings.simplefilter("ignore", FutureWarning)
            client.transition_model_version_stage(MODEL, version, "Production")

    print(indented(move(MODEL, version, lambda: production(client, MODEL, "model"), ask)))


def try_rollback(platform: PlatformApi) -> None:
    """Goes back a version and returns, or shows why there is nothing to go back to."""
    print(f"POST /ops/prompts/{COPILOT_PROMPT}/rollbacks")
    try:
        [entry, *_] = platform.roll_back("prompt", COPILOT_PROMPT, "shows what a rollback does")
    except PlatformError as error:
        if error.status != 409:
            raise
        print(indented(str(error)))
        return
    back = entry["from"]
    print(indented(f"rolled back: version {entry['to']} is in production again instead of {back}"))
    platform.roll_back("prompt", COPILOT_PROMPT, "returns from showing a rollback", to=back)
    print(indented(f"and returned: version {back}"))


def indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def ledger_lines(entries: list[dict]) -> list[str]:
    """Entries of the ledger as a table, one line each."""
    titles = ("entry", "action", "name", "from", "to", "by", "reason")
    rows = [
        (
            str(one["sequence"]),
            one["action"],
            one["name"],
            "–" if one["from"] is None else str(one["from"]),
            "–" if one["to"] is None else str(one["to"]),
            # The last part of an ARN: the user, or the session of a role.
            one["actor"].rpartition("/")[2],
            one["reason"] or "–",
        )
        for one in entries
    ]
    widths = [max(map(len, column)) for column in zip(titles, *rows)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in (titles, *rows)
    ]


def main() -> None:
    connect(FRAUD, llm=False)
    client, platform = MlflowClient(), PlatformApi()
    try_prompts(client)
    try_model(client)
    try_rollback(platform)
    entries = platform.ledger(ENTRIES)
    if not entries:
        sys.exit("The ledger is empty, although the gate has answered.")
    print("GET /ops/ledger")
    print(indented("\n".join(ledger_lines(entries))))


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
