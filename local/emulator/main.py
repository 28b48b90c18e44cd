"""Starts the AWS emulator on 127.0.0.1 with the bridges of this folder in place.

See README.md for the environment variables. The order matters: the emulator reads its environment
while it is imported, so that is set first, and the bridges are put in before it serves.
"""

import os
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import settings as settings_module

EMULATOR_VERSION = "1.5.33"


def check_version() -> None:
    """The bridges replace internals of one exact version; with another they would break silently."""
    try:
        installed = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        raise SystemExit(
            f"The AWS emulator is not installed. Run: pip install ministack=={EMULATOR_VERSION}"
        ) from None
    if installed != EMULATOR_VERSION:
        raise SystemExit(
            f"local/emulator is made for ministack {EMULATOR_VERSION}, but {installed} is installed. "
            f"Run: pip install ministack=={EMULATOR_VERSION}"
        )


def prepare_environment(settings: settings_module.Settings) -> None:
    """Set what the emulator reads while it is imported: loopback only, IAM on, no container runtime."""
    temporary = settings.data / "tmp"
    # Code of functions of a run that was killed.
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True, exist_ok=True)
    forced = {
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": "127.0.0.1",
        # An address and not a name: `localhost` may be ::1 first, and with a name the SDKs put the
        # bucket into the host name, which nothing resolves.
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": settings.region,
        "AWS_ENDPOINT_URL": settings.endpoint,
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "PERSIST_STATE": "0",
        "STATE_DIR": str(settings.data / "state"),
        "TMPDIR": str(temporary),
    }
    defaults = {
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.data / "s3"),
        # Retries of asynchronous invocations are a minute apart on AWS; here nobody wants to wait.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "1",
        # Nor for a state machine that waits, or pauses between attempts: a fifth is enough.
        "SFN_WAIT_SCALE": "0.2",
    }
    os.environ.update(forced)
    for name, value in defaults.items():
        os.environ[name] = os.environ.get(name) or value
    tempfile.tempdir = str(temporary)


def main() -> None:
    """Run the emulator in this process until SIGTERM or SIGINT."""
    check_version()
    settings = settings_module.read()
    prepare_environment(settings)
    sys.path.insert(0, str(Path(__file__).parent))

    import bridges

    bridges.install(settings)

    from ministack import app

    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main()
