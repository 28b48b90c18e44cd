"""The process that a claim should follow, as a Petri net, and a log of claims that mostly do.

The log is synthetic: seeded draws of a run through the process, into which deviations are put that
insurers know: a check that was skipped, a step that was done twice or too early, a payment before
its approval.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

CASES = 100
SEED = 20261101

# Steps with the places that they take a token from and put one into. Those without a name are
# invisible: they only route.
_STEPS = [
    ("청구 접수", ["start"], ["received"]),
    ("서류 확인", ["received"], ["checked"]),
    ("보완 요청", ["checked"], ["asked"]),
    ("보완 서류 접수", ["asked"], ["received"]),
    ("", ["checked"], ["to-assess", "to-screen"]),
    ("손해 심사", ["to-assess"], ["assessed"]),
    ("이상 징후 검토", ["to-screen"], ["screened"]),
    ("", ["assessed", "screened"], ["to-decide"]),
    ("지급 승인", ["to-decide"], ["approved"]),
    ("보험금 지급", ["approved"], ["to-tell"]),
    ("지급 거절", ["to-decide"], ["to-tell"]),
    ("결과 안내", ["to-tell"], ["end"]),
]


@dataclass(frozen=True)
class Event:
    case: str
    activity: str
    at: datetime


def model_pnml() -> str:
    """The net in PNML, with the marking in which a case ends."""
    places = sorted({place for _, before, after in _STEPS for place in before + after})
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', "<pnml>"]
    parts.append('<net id="claims" type="http://www.pnml.org/version-2009/grammar/ptnet"><page id="p">')
    for place in places:
        marking = "<initialMarking><text>1</text></initialMarking>" if place == "start" else ""
        parts.append(f'<place id="{place}"><name><text>{place}</text></name>{marking}</place>')
    for number, (name, before, after) in enumerate(_STEPS, start=1):
        named = f"<name><text>{escape(name)}</text></name>" if name else ""
        parts.append(f'<transition id="t{number}">{named}</transition>')
        parts += [f'<arc id="{place}-t{number}" source="{place}" target="t{number}"/>' for place in before]
        parts += [f'<arc id="t{number}-{place}" source="t{number}" target="{place}"/>' for place in after]
    parts.append("</page><finalmarkings><marking>")
    parts.append('<place idref="end"><text>1</text></place>')
    parts.append("</marking></finalmarkings></net></pnml>")
    return "\n".join(parts) + "\n"


def draw_log(seed: int = SEED, cases: int = CASES) -> list[Event]:
    """Events of so many claims in the order of time; the same seed gives the same log."""
    chance = random.Random(seed)
    begin = datetime(2026, 10, 1, tzinfo=timezone.utc)
    events = []
    for number in range(1, cases + 1):
        at = begin + timedelta(minutes=chance.randrange(30 * 24 * 60))
        for activity in _deviate(_run(chance), chance):
            events.append(Event(f"CLM-2026-{number:04}", activity, at))
            at += timedelta(minutes=chance.randrange(20, 2 * 24 * 60))
    return sorted(events, key=lambda event: (event.at, event.case))


def log_csv(events: list[Event]) -> str:
    """The log with the column names of XES."""
    rows = [f"{one.case},{one.activity},{one.at.isoformat()}" for one in events]
    return "\n".join(["case:concept:name,concept:name,time:timestamp", *rows]) + "\n"


def _run(chance: random.Random) -> list[str]:
    """One way through the process from its beginning to its end."""
    steps = ["청구 접수", "서류 확인"]
    while chance.random() < 0.25:
        steps += ["보완 요청", "보완 서류 접수", "서류 확인"]
    both = ["손해 심사", "이상 징후 검토"]
    chance.shuffle(both)
    decision = ["지급 승인", "보험금 지급"] if chance.random() < 0.85 else ["지급 거절"]
    return steps + both + decision + ["결과 안내"]


def _deviate(steps: list[str], chance: random.Random) -> list[str]:
    draw = chance.random()
    if draw < 0.16:
        # The claim was small, and nobody looked for signs of fraud.
        return [step for step in steps if step != "이상 징후 검토"]
    if draw < 0.23 and "보험금 지급" in steps:
        # Paid first, approved afterwards.
        swapped = {"지급 승인": "보험금 지급", "보험금 지급": "지급 승인"}
        return [swapped.get(step, step) for step in steps]
    if draw < 0.29:
        # Two people assessed the same claim.
        place = steps.index("손해 심사")
        return steps[:place] + ["손해 심사"] + steps[place:]
    if draw < 0.34:
        # The customer was never told.
        return steps[:-1]
    return steps
