"""Townin's flyer scanner in small: reads store, product and price from pictures of flyers, and
compares vision models on accuracy and tokens, one MLflow run each.

It uses OpenAI's own client, without LangChain. Needs the same variables as graphrag.py.
"""

import base64
import tempfile
import time
from pathlib import Path

import mlflow
import openai
from pydantic import BaseModel

from call_count import CallCounter
from flyer_images import Flyer, draw
from session import connect, stamp, tag_unit

PROMPT = "flyer_reader:v1.0"
MODELS = ["gpt-4o-mini", "gpt-4.1-mini"]
FLYERS = [
    Flyer("HANA MART", "TOMATO 1KG", 4900),
    Flyer("HANA MART", "PORK BELLY 600G", 13800),
    Flyer("DAON FOOD", "RICE 10KG", 32900),
    Flyer("DAON FOOD", "EGG 30", 6980),
    Flyer("MARU SHOP", "MILK 1L", 2650),
    Flyer("MARU SHOP", "APPLE 5", 9900),
]


class Reading(BaseModel):
    """What the model reads from a flyer."""

    store: str
    product: str
    price: int


@mlflow.trace(name="scan_flyer")
def scan(client: openai.OpenAI, model: str, image: bytes, unit: str) -> Reading:
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
    return completion.choices[0].message.parsed


def accuracy(flyer: Flyer, reading: Reading) -> float:
    """Share of the three fields that were read right."""
    return sum(getattr(flyer, name) == value for name, value in reading) / 3


def compare(client: openai.OpenAI, model: str, run: str) -> None:
    with mlflow.start_run(run_name=f"vision-{model}"):
        scores, seconds = [], []
        for number, flyer in enumerate(FLYERS, start=1):
            image = draw(flyer)
            started = time.perf_counter()
            reading = scan(client, model, image, f"FLY-{run}-{model}-{number:02}")
            seconds.append(time.perf_counter() - started)
            scores.append(accuracy(flyer, reading))
        mlflow.log_params({"llm.model": model, "prompt": PROMPT, "flyers": len(FLYERS)})
        mlflow.log_metrics(
            {
                "field_accuracy": sum(scores) / len(scores),
                "seconds_max": max(seconds),
            }
        )
        with tempfile.TemporaryDirectory() as directory:
            sample = Path(directory) / "sample.png"
            sample.write_bytes(draw(FLYERS[0]))
            mlflow.log_artifact(str(sample), "flyers")
    print(f"{model}: {len(FLYERS)} flyers, field accuracy {sum(scores) / len(scores):.2f}")


def main() -> None:
    connect("flyer-scanner")
    # Silent: pydantic warns of each structured answer that MLflow copies into a span.
    mlflow.openai.autolog(silent=True)
    counter = CallCounter()
    client = openai.OpenAI(http_client=counter.http_client)
    run = stamp()
    for model in MODELS:
        compare(client, model, run)
    mlflow.flush_trace_async_logging()
    print(counter.report("flyer-scanner"))


if __name__ == "__main__":
    main()
