"""`aws:SecureTransport` is true on loopback.

Policies that deny plain http (a bucket's `enforceSSL`, a topic's or queue's) would otherwise deny
everything here. What never leaves the machine counts as protected.
"""

from ministack.core import iam_evaluator


def install(settings) -> None:
    """Answer the condition key before the emulator looks at the scheme of the request."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_condition_key(key, context):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_condition_key
