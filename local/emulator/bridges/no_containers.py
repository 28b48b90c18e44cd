"""No container runtime is looked for, whatever is installed on the machine."""

import sys


def install(settings) -> None:
    """Make `import docker` fail, which is how the emulator learns that there is none."""
    sys.modules["docker"] = None

    from ministack import app

    app._docker_socket_present = lambda: False
