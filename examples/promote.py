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
from fraud_model import (
    BALANCED, FIRST, MODEL, MORE_CLAIMS, ProductionModel, Training, registered_version,
)  # fmt: skip
from platform_api import PlatformApi, PlatformError
from prompts import COPILOT_CRIB_AGAIN, COPILOT_FROM_CLAUSES, COPILOT_PROMPT
from session import connect, exit_with_a_sentence

ENTRIES = 8
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


def try_prompt(client: MlflowClient, template: str) -> None:
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


def try_model(client: MlflowClient, training: Training, by_stage: bool = False) -> None:
    """
    Args:
        by_stage: as code of the time before aliases asks for it; the same gate answers.
    """
    version = registered_version(training)
    if version is None:
        sys.exit(f"There is no version of {MODEL} to promote: run examples/fraud_detector.py.")

    def ask() -> None:
        if not by_stage:
            client.set_registered_model_alias(MODEL, "production", version)
            return
        with warnings.catch_warnings():
            # Stages are deprecated, and guarded all the same.
            warnings.simplefilter("ignore", FutureWarning)
            client.transition_model_version_stage(MODEL, version, "Production")

    print(
        f'transition_model_version_stage("{MODEL}", {version}, "Production")' if by_stage
        else f'set_registered_model_alias("{MODEL}", "production", {version})'
    )  # fmt: skip
    print(indented(move(MODEL, version, lambda: production(client, MODEL, "model"), ask)))


def try_rollback(platform: PlatformApi) -> None:
    """Goes back to the version before, or shows why there is none."""
    print(f"POST /ops/models/{MODEL}/rollbacks")
    try:
        [entry] = platform.roll_back("model", MODEL, "shows what a rollback does")
    except PlatformError as error:
        if error.status != 409:
            raise
        print(indented(str(error)))
        return
    print(indented(f"rolled back: version {entry['to']} is in production instead of {entry['from']}"))


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
    connect(MODEL, llm=False)
    client, platform = MlflowClient(), PlatformApi()
    for template in (COPILOT_FROM_CLAUSES, COPILOT_CRIB_AGAIN):
        try_prompt(client, template)
    try_model(client, FIRST)
    try_model(client, BALANCED)
    try_model(client, MORE_CLAIMS, by_stage=True)
    try_rollback(platform)
    served, _ = ProductionModel().current(otherwise="none")
    print(indented(f"who loads the model now decides with version {served}"))
    entries = platform.ledger(ENTRIES)
    if not entries:
        sys.exit("The ledger is empty, although the gate has answered.")
    print("GET /ops/ledger")
    print(indented("\n".join(ledger_lines(entries))))


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
