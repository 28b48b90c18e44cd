"""Makes comparison.json: two evaluations and what scipy says of their metrics. Run it to print them."""

import json

import numpy as np
import scipy
from scipy import optimize, stats

random = np.random.default_rng(20261124)


def rounded(values):
    return [round(float(value), 3) for value in values]


def smallest_detectable(differences, power=0.8, alpha=0.05):
    n = len(differences)
    if n < 2 or np.ptp(differences) == 0:
        return None
    critical = stats.t.ppf(1 - alpha / 2, n - 1)

    def power_of(effect):
        shift = effect * np.sqrt(n)
        return stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift)

    effect = optimize.brentq(lambda d: power_of(d) - power, 1e-9, 2)
    return float(effect * np.std(differences, ddof=1))


def sign_flips(differences):
    return float(
        stats.permutation_test(
            (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
        ).pvalue
    )


n = 14
base = random.uniform(0.4, 0.8, n)
scores = {
    # The candidate is better, worse, and no different.
    "faithfulness": (rounded(base), rounded(np.clip(base + random.normal(0.12, 0.05, n), 0, 1))),
    "expected_error": (rounded(base), rounded(base + random.normal(0.1, 0.06, n))),
    "answer_relevancy": (rounded(base), rounded(base + random.normal(0, 0.1, n))),
    "rests_on_clauses": ([0] * 9 + [1] * 5, [1] * 8 + [0] + [1] * 5),
}
tested = {}
for name, (baseline, candidate) in scores.items():
    baseline, candidate = np.array(baseline, float), np.array(candidate, float)
    differences = candidate - baseline
    if set(np.concatenate([baseline, candidate])) <= {0.0, 1.0}:
        only_baseline = int(np.sum(baseline > candidate))
        only_candidate = int(np.sum(candidate > baseline))
        p = stats.binomtest(only_baseline, only_baseline + only_candidate).pvalue
    else:
        p = sign_flips(differences)
    tested[name] = {
        "pairs": n,
        "baseline": float(baseline.mean()),
        "candidate": float(candidate.mean()),
        "difference": float(differences.mean()),
        "p": float(p),
        "smallestDetectable": smallest_detectable(differences),
    }
# Holm's step-down correction, as in his paper.
order = sorted(tested, key=lambda name: tested[name]["p"])
highest = 0.0
for rank, name in enumerate(order):
    highest = max(highest, min(1.0, (len(order) - rank) * tested[name]["p"]))
    tested[name]["adjustedP"] = highest
print(
    json.dumps(
        {
            "madeWith": f"scipy {scipy.__version__}",
            "scores": {name: {"baseline": b, "candidate": c} for name, (b, c) in scores.items()},
            "expected": tested,
        },
        indent=2,
    )
)
