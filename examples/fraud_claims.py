"""Claims of which some are fraudulent: synthetic, drawn from a seed.

No real claim is behind them. Each claim has eight features as an insurer knows them when it comes
in. Whether it is fraudulent is drawn with odds that rise with what investigators look for: a young
policy, a doctor who is often involved, documents that do not agree, and with chance for all the
rest, so that no model can be right every time. About one claim in fifteen is fraudulent.
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd

FEATURES = [
    "amount_krw", "days_since_start", "claims_last_2_years", "hospital_days",
    "provider_fraud_share", "documents_disagree", "reported_after_days", "age",
]  # fmt: skip


def draw_claims(count: int, seed: int) -> pd.DataFrame:
    """So many claims with their features and the column `fraud`; the same seed gives the same ones."""
    chance = np.random.default_rng(seed)
    claims = pd.DataFrame(
        {
            "amount_krw": np.round(chance.lognormal(13.6, 0.9, count), -3),
            "days_since_start": chance.integers(1, 3650, count).astype(float),
            "claims_last_2_years": chance.poisson(0.8, count).astype(float),
            "hospital_days": chance.poisson(chance.choice([0.5, 4, 12], count, p=[0.6, 0.3, 0.1])).astype(float),
            "provider_fraud_share": chance.beta(1.2, 20, count).round(3),
            "documents_disagree": (chance.random(count) < 0.07).astype(float),
            "reported_after_days": np.round(chance.exponential(6, count)),
            "age": chance.integers(19, 80, count).astype(float),
        }
    )
    odds = (
        -9
        + 0.9 * claims["claims_last_2_years"]
        + 0.22 * claims["hospital_days"]
        + 34 * claims["provider_fraud_share"]
        + 6 * claims["documents_disagree"]
        + 2.5 * (claims["days_since_start"] < 120)
        + chance.normal(0, 0.5, count)
    )
    claims["fraud"] = chance.random(count) < 1 / (1 + np.exp(-odds))
    return claims


def draw_day(day: date, count: int) -> pd.DataFrame:
    """The claims that came in on a day, with their ids as index: the same whenever it is asked."""
    claims = draw_claims(count, seed=day.toordinal())
    claims.index = [f"CLM-{day:%Y%m%d}-{number:02}" for number in range(1, count + 1)]
    return claims


def last_days(today: date, days: int) -> list[date]:
    """Today and the days before it, the oldest first."""
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
