"""Townin's flyer scanner in small: reads store, product and price from pictures of flyers, and
compares vision models on accuracy, cost and latency, an MLflow run and an evaluation each.

It uses OpenAI's own client, without LangChain. Needs the same variables as graphrag.py. The local
stand-in has no eyes and reads what stands in the file, so that with it the models differ in cost
only; three of the flyers are smudged, and there nobody can read the price.
"""

import base64
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import mlflow
import openai
from pydantic import BaseModel

from artifact_bucket import ArtifactBucket
from call_count import CallCounter
from flyer_images import Flyer, draw
from platform_api import PlatformApi, require_completed, show
from session import connect, exit_with_a_sentence, stamp, tag_unit

WORKLOAD = "flyer-scanner"
PROMPT = "flyer_reader:v1.0"
MODELS = ["gpt-4o-mini", "gpt-4.1-mini"]
# The model of the application as it stands, which the daily benchmark judges.
IN_USE = "gpt-4.1-mini"
DATASET = f"datasets/{WORKLOAD}/flyers.jsonl"
SAMPLES = 3

_STORES = ["HANA MART", "DAON FOOD", "MARU SHOP", "BOM MARKET"]
_PRODUCTS = [
    ("TOMATO 1KG", 4900), ("PORK BELLY 600G", 13800), ("RICE 10KG", 32900), ("EGG 30", 6980),
    ("MILK 1L", 2650), ("APPLE 5", 9900), ("TOFU 300G", 1480), ("KIMCHI 2KG", 15900),
    ("TUNA CAN 4", 8490), ("RAMEN 5", 3980), ("ONION 3KG", 5480), ("SQUID 2", 7900),
    ("BANANA 1KG", 3290), ("SOY SAUCE 900ML", 6450), ("LAUNDRY SOAP 3L", 11900),
    ("TISSUE 30", 18900), ("CHICKEN 1KG", 8790), ("WATER 2L 6", 4680), ("COFFEE MIX 100", 16400),
    ("GRAPE 2KG", 14900), ("POTATO 2KG", 4290), ("CARROT 1KG", 3150), ("BEEF 300G", 19800),
    ("SALMON 400G", 15400), ("YOGURT 8", 3780), ("CHEESE 200G", 4950), ("BREAD 500G", 2980),
    ("HONEY 1KG", 21900), ("MANDARIN 3KG", 12900), ("SHRIMP 500G", 13500), ("CABBAGE 1", 3480),
    ("SESAME OIL 320ML", 9450),
]  # fmt: skip
FLYERS = [
    Flyer(_STORES[number % len(_STORES)], product, price, smudged=number % 10 == 9)
    for number, (product, price) in enumerate(_PRODUCTS)
]


class Reading(BaseModel):
    """What the model reads from a flyer."""

    store: str
    product: str
    price: int


@mlflow.trace(name="scan_flyer")
def scan(client: openai.OpenAI, model: str, image: bytes, unit: str) -> tuple[Reading, str]:
    """What the model reads, and the trace of it."""
    tag_unit("flyer", unit, PROMPT)
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    completion = client.chat.completions.parse(
        model=model,
        response_format=Reading,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "전단지에 적힌 가게, 상품, 가격(원)을 그대로 읽으시오."},
                    {"type": "image_url", "image_url": {"url": url}},
                ],
            }
        ],
    )
    return completion.choices[0].message.parsed, mlflow.get_active_trace_id()


def labelled(number: int, flyer: Flyer) -> dict:
    """A row of the dataset: what really stands on the flyer."""
    return {
        "id": row_id(number),
        "inputs": {"flyer": row_id(number), "store": flyer.store},
        "expectations": {"items": [{"product": flyer.product, "price": flyer.price}]},
    }


def recorded(number: int, reading: Reading, trace: str, seconds: float) -> dict:
    """A row of outputs: what the model read. Without labels, which stay in the dataset."""
    return {
        "id": row_id(number),
        "outputs": {"items": [{"product": reading.product, "price": reading.price}]},
        "traceId": trace,
        "milliseconds": round(seconds * 1000),
    }


def row_id(number: int) -> str:
    return f"flyer-{number:03}"


class VisionModels:
    """Compares models: an MLflow run and an evaluation of what each one read."""

    def __init__(self, bucket: ArtifactBucket, platform: PlatformApi, client: openai.OpenAI) -> None:
        self._bucket = bucket
        self._platform = platform
        self._client = client
        self.evaluations: dict[str, str] = {}

    def read_all(self, model: str, run: str) -> None:
        with mlflow.start_run(run_name=f"vision-{model}"):

            def read(numbered: tuple[int, Flyer]) -> dict:
                number, flyer = numbered
                image = draw(flyer)
                started = time.perf_counter()
                reading, trace = scan(self._client, model, image, f"FLY-{run}-{model}-{number:02}")
                return recorded(number, reading, trace, time.perf_counter() - started)

            with ThreadPoolExecutor(4) as threads:
                # The run is known to the thread that began it, and to others by its context.
                work = [
                    threads.submit(copy_context().run, read, numbered)
                    for numbered in enumerate(FLYERS, start=1)
                ]
                rows = [one.result() for one in work]
            right = [is_right(flyer, row) for flyer, row in zip(FLYERS, rows)]
            mlflow.log_params({"llm.model": model, "prompt": PROMPT, "flyers": len(FLYERS)})
            mlflow.log_metrics(
                {
                    "flyers_read_right": sum(right) / len(right),
                    "seconds_max": max(row["milliseconds"] for row in rows) / 1000,
                }
            )
            log_samples()
        print(f"{model}: {sum(right)} of {len(FLYERS)} flyers read right")
        mlflow.flush_trace_async_logging()
        self._start_evaluation(model, rows)

    def _start_evaluation(self, model: str, rows: list[dict]) -> None:
        key = f"recorded/{WORKLOAD}/{model}.jsonl"
        self._bucket.put_rows(key, rows)
        if model == IN_USE:
            self._bucket.put_rows(f"recorded/{WORKLOAD}/latest.jsonl", rows)
        self.evaluations[model] = self._platform.start_evaluation(
            WORKLOAD,
            source={"kind": "recorded", "key": key},
            metrics=["field_accuracy", "cost_per_row_usd", "latency_p95"],
            parameters={"llm.model": model, "llm.prompt": PROMPT},
        )

    def report(self) -> None:
        ended = self._platform.wait(list(self.evaluations.values()))
        for model, identifier in self.evaluations.items():
            evaluation = require_completed(ended[identifier])
            print(f"  {model}: {show(evaluation, ['field_accuracy', 'cost_per_row_usd'])}")
        goals = "field_accuracy=atLeast:0.9"
        best = self._platform.best_run(WORKLOAD, goals, "field_accuracy")["best"]
        chosen = best["parameters"].get("llm.model") if best else None
        print(f"best model with {goals}, ties by cost: {chosen or 'none meets it'}")


def is_right(flyer: Flyer, row: dict) -> bool:
    return row["outputs"]["items"] == [{"product": flyer.product, "price": flyer.price}]


def log_samples() -> None:
    """Pictures of a few flyers, to be seen with the run."""
    with tempfile.TemporaryDirectory() as directory:
        for number, flyer in enumerate(FLYERS[:SAMPLES], start=1):
            (Path(directory) / f"{row_id(number)}.png").write_bytes(draw(flyer))
        mlflow.log_artifacts(directory, "flyers")


def main() -> None:
    experiment = connect(WORKLOAD)
    bucket = ArtifactBucket(experiment)
    # Silent: pydantic warns of each structured answer that MLflow copies into a span.
    mlflow.openai.autolog(silent=True)
    counter = CallCounter()
    client = openai.OpenAI(http_client=counter.http_client)
    bucket.put_rows(DATASET, [labelled(*numbered) for numbered in enumerate(FLYERS, start=1)])
    models = VisionModels(bucket, PlatformApi(), client)
    run = stamp()
    for model in MODELS:
        models.read_all(model, run)
    print(counter.report(WORKLOAD))
    models.report()


if __name__ == "__main__":
    with exit_with_a_sentence():
        main()
