"""Alarms look at data that is missing. Among the last, since a new alarm is given a minute first."""

import time

from test_alarms import states


def test_missing_data_raises_the_alarm_that_takes_it_for_a_breach(emulator, stack):
    # Not at once: what reports once a minute is given the time to.
    until = time.monotonic() + 110
    while states(emulator)["test-did-not-run"] != "ALARM" and time.monotonic() < until:
        time.sleep(1)
    assert states(emulator)["test-did-not-run"] == "ALARM"


def test_an_alarm_that_ignores_missing_data_stays_as_it_was(emulator, stack):
    # As after a verdict, when nothing more comes for a day.
    emulator.client("cloudwatch").set_alarm_state(
        AlarmName="test-keeps-state", StateValue="ALARM", StateReason="A goal was missed.")
    time.sleep(16)
    assert states(emulator)["test-keeps-state"] == "ALARM"
