"""Calls that may not take longer than a caller can wait."""

import queue
import threading
from collections.abc import Callable
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


class TooLate(Exception):
    """A call did not come back in time; it goes on in the background and nobody listens."""


@contextmanager
def alone(lock: threading.Lock, seconds: float):
    """Holds a lock, unless others hold it for too long: a queue behind a call that hangs would grow."""
    if not lock.acquire(timeout=seconds):
        raise TooLate(f"Others were waiting for the same for {seconds:g} s already.")
    try:
        yield
    finally:
        lock.release()


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises, unless it takes too long.

    MLflow's client tries again for minutes while the server is away, longer than anybody waits
    for an answer over HTTP.
    """
    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TooLate(f"There was no answer in {seconds:g} s.") from None
    if error is not None:
        raise error
    return result
