"""A function sees the environment that Lambda gives it, not the one of the emulator.

What a function needs to run at all stays: PATH (for Node), NODE_PATH (the AWS SDK that Lambda's
runtime brings along for functions that do not bundle it) and AWS_ENDPOINT_URL. TOWNIN_PORT_BASE stays
too: the addresses of the environment `local` in config/environments.ts move with it.
"""

import os

from ministack.core import lambda_runtime

INHERITED = ("PATH", "NODE_PATH", "AWS_ENDPOINT_URL", "TMPDIR", "TOWNIN_PORT_BASE")
GIVEN = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}


class _FunctionEnvironment(dict):
    """Copying it gives what a function may see; looking a name up gives what the emulator sees."""

    def __init__(self):
        super().__init__(
            {name: os.environ[name] for name in INHERITED if name in os.environ} | GIVEN
        )

    def get(self, name, default=None):
        return os.environ.get(name, default)


class _OperatingSystem:
    """The module `os` as the emulator's function runtime shall see it."""

    environ = property(lambda self: _FunctionEnvironment())

    def __getattr__(self, name):
        return getattr(os, name)


def install(settings) -> None:
    """The runtime starts workers with a copy of `os.environ`: give it a smaller one."""
    lambda_runtime.os = _OperatingSystem()
