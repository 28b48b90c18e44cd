"""pm4py's side of the conformance benchmark. Reads `{"net", "log", "runs"}` from standard input, prints its figures and
the milliseconds of each run as JSON. The log is read and the net is parsed once, outside of what is measured."""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import pandas as pd  # noqa: E402
import pm4py  # noqa: E402
from pm4py.algo.conformance.alignments.petri_net import algorithm as alignments  # noqa: E402
from pm4py.algo.conformance.tokenreplay import algorithm as token_replay  # noqa: E402
from pm4py.algo.evaluation.precision import algorithm as precision  # noqa: E402
from pm4py.algo.evaluation.replay_fitness import algorithm as fitness  # noqa: E402

NO_PROGRESS = {"show_progress_bar": False}


def read(asked):
    net, initial, final = pm4py.read_pnml(asked["net"])
    frame = pm4py.format_dataframe(pd.read_csv(asked["log"]))
    return pm4py.convert_to_event_log(frame), net, initial, final


def measure(log, net, initial, final):
    """The four figures that a benchmark of a golden routine needs, as pm4py's own evaluation computes them."""
    aligned = alignments.apply(log, net, initial, final, parameters=NO_PROGRESS)
    replayed = token_replay.apply(log, net, initial, final, parameters=NO_PROGRESS)
    variants = fitness.Variants
    return {
        "alignment fitness": fitness.evaluate(aligned, variant=variants.ALIGNMENT_BASED)["log_fitness"],
        "token fitness": fitness.evaluate(replayed, variant=variants.TOKEN_BASED)["log_fitness"],
        "token precision": precision.apply(
            log, net, initial, final, variant=precision.Variants.ETCONFORMANCE_TOKEN, parameters=NO_PROGRESS
        ),
        "alignment precision": precision.apply(
            log, net, initial, final, variant=precision.Variants.ALIGN_ETCONFORMANCE, parameters=NO_PROGRESS
        ),
    }


asked = json.load(sys.stdin)
inputs = read(asked)
milliseconds = []
figures = {}
for _ in range(asked["runs"]):
    started = time.perf_counter()
    figures = measure(*inputs)
    milliseconds.append((time.perf_counter() - started) * 1000)
json.dump({"version": pm4py.__version__, "figures": figures, "milliseconds": milliseconds}, sys.stdout)
