"""MLflow's side of the evaluation benchmark: `mlflow.genai.evaluate` with three judges on the rows of standard input.
Prints the seconds and how many scores there are, as JSON."""

import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
asked = json.load(sys.stdin)
os.environ["MLFLOW_GENAI_EVAL_MAX_WORKERS"] = str(asked["callsAtOnce"])
os.environ["MLFLOW_GENAI_EVAL_MAX_SCORER_WORKERS"] = str(asked["callsAtOnce"])

import mlflow  # noqa: E402
from mlflow.genai.judges import make_judge  # noqa: E402

# As MLflow is used: a server of its own is not measured, the platform's is.
mlflow.set_experiment("bench-evaluation")

QUESTIONS = {
    "faithfulness": "Are all claims of the answer supported by the contexts in the inputs?",
    "context_precision": "Are the contexts in the inputs useful to answer the question?",
    "rests_on_clauses": "Does the answer rest on the contexts alone?",
}
judges = [
    make_judge(
        name=name,
        instructions=f"{question}\nInputs: {{{{ inputs }}}}\nAnswer: {{{{ outputs }}}}\nAnswer yes or no.",
        model=f"openai:/{asked['model']}",
        feedback_value_type=bool,
    )
    for name, question in QUESTIONS.items()
]
data = [
    {"inputs": {**row["inputs"], "contexts": row["contexts"]}, "outputs": row["outputs"]} for row in asked["rows"]
]

started = time.perf_counter()
result = mlflow.genai.evaluate(data=data, scorers=judges)
seconds = time.perf_counter() - started
frame = result.result_df
scores = sum(int(frame[f"{name}/value"].notna().sum()) for name in QUESTIONS if f"{name}/value" in frame)
json.dump({"version": mlflow.__version__, "seconds": seconds, "scores": scores}, sys.stdout)
