"""What MLflow's stock client, and raw requests in every spelling, can do to a protected name straight at MLflow's server.

Prints one JSON object: `refused` and `works` are lists of attempts, `moves` and `concurrent` what approved moves did.
"""

import http.client
import json
import os
import threading
import time
from urllib.parse import urlsplit

import mlflow
import psycopg2
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.utils.models import get_model_name_and_version

MODEL = "stock fraud-detector"
PROMPT = "stock_fp_copilot_answer"
FREE_MODEL = "stock-free"
FREE_PROMPT = "stock_free_prompt"

address = os.environ["MLFLOW_TRACKING_URI"]
client = MlflowClient()


def connect(role):
    connection = psycopg2.connect(user=role, password=os.environ[f"{role.upper()}_PASSWORD"])
    connection.autocommit = True
    return connection


administrator = connect("administrator").cursor()
gatekeeper = connect("gatekeeper").cursor()


def approve(cursor, name, from_version, to_version):
    entry = json.dumps({"action": "promotion", "actor": "test", "reason": "stock client"})
    cursor.execute(
        "select gate.approve('default', %s, %s, %s, %s, 60)", (name, from_version, to_version, entry)
    )


def in_production():
    """What the gate guards, as the database has it."""
    administrator.execute(
        """select
             (select json_agg(a order by a.name, a.alias) from mlflow.registered_model_aliases a
              where a.name = any(%(names)s) and lower(a.alias) = 'production'),
             (select json_agg(json_build_array(v.name, v.version, v.current_stage, v.source) order by v.name, v.version)
              from mlflow.model_versions v where v.name = any(%(names)s)),
             (select json_agg(t order by t.name, t.version, t.key) from mlflow.model_version_tags t
              where t.name = any(%(names)s)),
             (select json_agg(t order by t.name, t.key) from mlflow.registered_model_tags t
              where t.name = any(%(names)s)),
             (select count(*) from gate.ledger)""",
        {"names": [MODEL, PROMPT]},
    )
    return administrator.fetchone()


def attempt(what, call):
    before = in_production()
    started = time.monotonic()
    status, message = 200, ""
    try:
        answer = call()
        if isinstance(answer, tuple):
            status, message = answer
    except MlflowException as error:
        status, message = error.get_http_status_code(), str(error)
    seconds = time.monotonic() - started
    return {
        "what": what,
        "status": status,
        "seconds": round(seconds, 3),
        "changed": in_production() != before,
        "message": message[:300],
    }


def raw(method, path, values):
    """A request whose path is sent as it is written."""
    target = urlsplit(address)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=60)
    try:
        connection.request(method, path, json.dumps(values), {"content-type": "application/json"})
        response = connection.getresponse()
        if response.status == 308:
            # As clients do: the same request where the server says it belongs.
            return raw(method, urlsplit(response.headers["location"]).path, values)
        return response.status, response.read().decode(errors="replace")
    finally:
        connection.close()


# -- What there is ------------------------------------------------------------------------------------------------

for name in (MODEL, FREE_MODEL):
    client.create_registered_model(name)
    for version in range(1, 5):
        client.create_model_version(name, f"s3://bucket/{version}")
for name in (PROMPT, FREE_PROMPT):
    for version in range(1, 4):
        mlflow.genai.register_prompt(name, f"Answer {version}: {{{{question}}}}")

PROTECTED = [
    {"name": MODEL, "kind": "model", "workload": "fraud-detector"},
    {"name": PROMPT, "kind": "prompt", "workload": "fp-copilot"},
]
administrator.execute("select gate.protect(%s)", (json.dumps(PROTECTED),))

first = [
    attempt("production of a model without approval", lambda: client.set_registered_model_alias(MODEL, "production", "1")),
    attempt("production of a prompt without approval", lambda: mlflow.genai.set_prompt_alias(PROMPT, "production", 1)),
]
for name in (MODEL, PROMPT):
    approve(gatekeeper, name, None, 1)
client.set_registered_model_alias(MODEL, "production", "1")
mlflow.genai.set_prompt_alias(PROMPT, "production", 1)

# -- Refused ------------------------------------------------------------------------------------------------------

IS_PROMPT = "mlflow.prompt.is_prompt"
TEXT = "mlflow.prompt.text"

by_client = {
    "alias": lambda: client.set_registered_model_alias(MODEL, "production", "2"),
    "alias Production": lambda: client.set_registered_model_alias(MODEL, "Production", "2"),
    "alias PRODUCTION": lambda: client.set_registered_model_alias(MODEL, "PRODUCTION", "1"),
    "delete alias": lambda: client.delete_registered_model_alias(MODEL, "production"),
    "stage Production": lambda: client.transition_model_version_stage(MODEL, "2", "Production"),
    "stage production": lambda: client.transition_model_version_stage(MODEL, "2", "production"),
    "stage Production with archive": lambda: client.transition_model_version_stage(
        MODEL, "2", "Production", archive_existing_versions=True
    ),
    "archive what is in production": lambda: client.transition_model_version_stage(MODEL, "1", "Archived"),
    "stage None of what is in production": lambda: client.transition_model_version_stage(MODEL, "1", "None"),
    "stage Staging of what is in production": lambda: client.transition_model_version_stage(
        MODEL, "1", "Staging", archive_existing_versions=True
    ),
    "delete version": lambda: client.delete_model_version(MODEL, "1"),
    "delete model": lambda: client.delete_registered_model(MODEL),
    "rename model": lambda: client.rename_registered_model(MODEL, "stock-renamed"),
    "prompt alias": lambda: mlflow.genai.set_prompt_alias(PROMPT, "production", 2),
    "prompt alias Production": lambda: client.set_prompt_alias(PROMPT, "Production", 2),
    "delete prompt alias": lambda: mlflow.genai.delete_prompt_alias(PROMPT, "production"),
    "delete prompt": lambda: client.delete_prompt(PROMPT),
    "delete prompt version": lambda: client.delete_prompt_version(PROMPT, "1"),
    "prompt text": lambda: client.set_prompt_version_tag(PROMPT, 1, TEXT, "evil"),
    "prompt text in another letter case": lambda: client.set_prompt_version_tag(PROMPT, 1, "MLflow.Prompt.Text", "x"),
    "delete prompt text": lambda: client.delete_prompt_version_tag(PROMPT, 1, TEXT),
    "prompt type": lambda: client.set_prompt_version_tag(PROMPT, 1, "_mlflow_prompt_type", "chat"),
    "response format": lambda: client.set_prompt_version_tag(PROMPT, 1, "_mlflow_prompt_response_format", "{}"),
    "model settings": lambda: mlflow.genai.set_prompt_model_config(PROMPT, 1, {"model_name": "other"}),
    "is_prompt": lambda: client.set_prompt_tag(PROMPT, IS_PROMPT, "false"),
    "delete is_prompt": lambda: client.delete_prompt_tag(PROMPT, IS_PROMPT),
    "a model becomes a prompt": lambda: client.set_registered_model_tag(MODEL, IS_PROMPT, "true"),
    "prompt text of a model": lambda: client.set_model_version_tag(MODEL, "1", TEXT, "evil"),
}
refused = first + [attempt(what, call) for what, call in by_client.items()]

ENDPOINTS = [
    ("POST", "registered-models/alias", {"name": MODEL, "alias": "production", "version": "2"}),
    ("POST", "registered-models/alias", {"name": MODEL, "alias": "pRoDuCtIoN", "version": "2"}),
    # The client itself stops these calls for prompts; the server does not.
    ("POST", "registered-models/alias", {"name": PROMPT, "alias": "production", "version": "2"}),
    ("DELETE", "registered-models/alias", {"name": MODEL, "alias": "production"}),
    ("POST", "model-versions/transition-stage", {"name": MODEL, "version": "2", "stage": "Production"}),
    (
        "POST",
        "model-versions/transition-stage",
        {"name": MODEL, "version": "2", "stage": "pRODUCTION", "archive_existing_versions": True},
    ),
    ("POST", "model-versions/transition-stage", {"name": PROMPT, "version": "2", "stage": "Production"}),
    ("DELETE", "model-versions/delete", {"name": MODEL, "version": "1"}),
    ("DELETE", "registered-models/delete", {"name": MODEL}),
    ("POST", "registered-models/rename", {"name": MODEL, "new_name": "stock-renamed"}),
    ("POST", "registered-models/rename", {"name": PROMPT, "new_name": "stock_renamed"}),
    ("POST", "model-versions/set-tag", {"name": PROMPT, "version": "1", "key": TEXT, "value": "evil"}),
    ("DELETE", "model-versions/delete-tag", {"name": PROMPT, "version": "1", "key": TEXT}),
    ("POST", "registered-models/set-tag", {"name": PROMPT, "key": IS_PROMPT, "value": "false"}),
    ("DELETE", "registered-models/delete-tag", {"name": PROMPT, "key": IS_PROMPT}),
]


def encoded_letter(path):
    head, last = path.rsplit("/", 1)
    return f"{head}/%{ord(last[0]):02x}{last[1:]}"


def encoded_slash(path):
    return "%2F".join(path.rsplit("/", 1))


SPELLINGS = {
    "/api": lambda path: f"/api/2.0/mlflow/{path}",
    "/ajax-api": lambda path: f"/ajax-api/2.0/mlflow/{path}",
    "double slash": lambda path: f"//api/2.0/mlflow/{path}",
    "double slash within": lambda path: f"/api/2.0/mlflow//{path}",
    "encoded letter": lambda path: encoded_letter(f"/api/2.0/mlflow/{path}"),
    "encoded letter of /api": lambda path: f"/%61pi/2.0/mlflow/{path}",
    "encoded slash": lambda path: encoded_slash(f"/ajax-api/2.0/mlflow/{path}"),
    "dot segment": lambda path: f"/api/2.0/mlflow/./{path}",
    "trailing slash": lambda path: f"/api/2.0/mlflow/{path}/",
    "upper case": lambda path: f"/API/2.0/MLFLOW/{path.upper()}",
    "/api/3.0": lambda path: f"/api/3.0/mlflow/{path}",
}
spellings = {}
for spelling, spell in SPELLINGS.items():
    # That the server takes this spelling at all: something that nobody protects.
    control = {"name": MODEL, "alias": "staging", "version": "2"}
    spellings[spelling] = raw("POST", spell("registered-models/alias"), control)[0]
    for method, path, values in ENDPOINTS:
        found = attempt(f"{method} {spell(path)} {json.dumps(values)}", lambda: raw(method, spell(path), values))
        refused.append({**found, "spelling": spelling})

# -- What nobody protects -----------------------------------------------------------------------------------------

works = [
    attempt(what, call)
    for what, call in {
        "another alias": lambda: client.set_registered_model_alias(MODEL, "staging", "2"),
        "delete another alias": lambda: client.delete_registered_model_alias(MODEL, "staging"),
        "stage Staging": lambda: client.transition_model_version_stage(MODEL, "3", "Staging"),
        "stage Production of what is": lambda: client.transition_model_version_stage(MODEL, "1", "Production"),
        "description in production": lambda: client.update_model_version(MODEL, "1", "described"),
        "description of the model": lambda: client.update_registered_model(MODEL, "described"),
        "tag in production": lambda: client.set_model_version_tag(MODEL, "1", "note", "x"),
        "delete tag in production": lambda: client.delete_model_version_tag(MODEL, "1", "note"),
        "tag of the model": lambda: client.set_registered_model_tag(MODEL, "note", "x"),
        "new version": lambda: client.create_model_version(MODEL, "s3://bucket/5"),
        "copy of a version": lambda: client.copy_model_version(f"models:/{MODEL}@production", MODEL),
        "delete a version": lambda: client.delete_model_version(MODEL, "4"),
        "the same alias again": lambda: client.set_registered_model_alias(MODEL, "production", "1"),
        "new prompt version": lambda: mlflow.genai.register_prompt(PROMPT, "Answer 4: {{question}}"),
        "prompt settings of another version": lambda: mlflow.genai.set_prompt_model_config(PROMPT, 2, {"model_name": "m"}),
        "prompt tag": lambda: client.set_prompt_tag(PROMPT, "team", "x"),
        "prompt version tag in production": lambda: client.set_prompt_version_tag(PROMPT, 1, "note", "x"),
        "load the prompt": lambda: mlflow.genai.load_prompt(f"prompts:/{PROMPT}@production"),
        "free alias": lambda: client.set_registered_model_alias(FREE_MODEL, "production", "1"),
        "free stage": lambda: client.transition_model_version_stage(FREE_MODEL, "2", "Production", True),
        "free version": lambda: client.delete_model_version(FREE_MODEL, "1"),
        "free rename": lambda: client.rename_registered_model(FREE_MODEL, f"{FREE_MODEL}-renamed"),
        "free delete": lambda: client.delete_registered_model(f"{FREE_MODEL}-renamed"),
        "free prompt alias": lambda: mlflow.genai.set_prompt_alias(FREE_PROMPT, "production", 1),
        "free prompt text": lambda: client.set_prompt_version_tag(FREE_PROMPT, 1, TEXT, "other"),
        "free prompt": lambda: client.delete_prompt(FREE_PROMPT),
    }.items()
]

# -- Approved moves -----------------------------------------------------------------------------------------------


def served():
    """The versions that both ways to say production give."""
    return [
        get_model_name_and_version(client, f"models:/{MODEL}{said}")[1] for said in ("/Production", "@production")
    ]


moves = []
for from_version, to_version in ((1, 2), (2, 3), (3, 1)):
    approve(gatekeeper, MODEL, from_version, to_version)
    client.set_registered_model_alias(MODEL, "production", str(to_version))
    # Old code: says so by the stage as well, and archives nothing.
    client.transition_model_version_stage(MODEL, str(to_version), "Production")
    moves.append({"to": to_version, "served": served()})

# A prompt as MLflow registers it, with all that it keeps about one, has changed nothing since.
registered = mlflow.genai.register_prompt(
    PROMPT,
    [{"role": "user", "content": "Answer {{question}}"}],
    commit_message="described",
    tags={"team": "x"},
    response_format={"type": "object"},
    model_config={"model_name": "m"},
)
mlflow.genai.set_prompt_version_tag(PROMPT, registered.version, "note", "x")
prompts = [
    attempt("a prompt as it was registered", lambda: approve(gatekeeper, PROMPT, 1, registered.version)),
    attempt(
        "its alias", lambda: mlflow.genai.set_prompt_alias(PROMPT, "production", registered.version)
    ),
]

# -- At the same time ---------------------------------------------------------------------------------------------

versions = [int(client.create_model_version(MODEL, f"s3://bucket/c{i}").version) for i in range(20)]
errors = []
barrier = threading.Barrier(len(versions))


def promote(version):
    own = MlflowClient()
    connection = connect("gatekeeper")
    cursor = connection.cursor()
    barrier.wait()
    for _ in range(200):
        current = int(own.get_model_version_by_alias(MODEL, "production").version)
        approve(cursor, MODEL, current, version)
        try:
            own.set_registered_model_alias(MODEL, "production", str(version))
            break
        except MlflowException as error:
            errors.append([error.get_http_status_code(), "has no approval" in str(error)])
    else:
        errors.append(["gave up", version])
    connection.close()


threads = [threading.Thread(target=promote, args=(version,)) for version in versions]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
administrator.execute(
    "select from_version, to_version from gate.ledger where name = %s order by sequence desc limit %s",
    (MODEL, len(versions)),
)
gatekeeper_findings = connect("gatekeeper").cursor()
gatekeeper_findings.execute("select * from gate.findings()")
concurrent = {
    "versions": versions,
    "moves": list(reversed(administrator.fetchall())),
    "served": served(),
    "errors": errors,
}
print(
    json.dumps(
        {
            "refused": refused,
            "spellings": spellings,
            "works": works,
            "moves": moves,
            "prompts": prompts,
            "concurrent": concurrent,
            "findings": gatekeeper_findings.fetchall(),
        }
    )
)
