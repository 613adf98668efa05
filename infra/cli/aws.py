"""The clients of commands that talk to AWS itself, since they must work when the desk does not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import botocore.session
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from infra.local import endpoint
from infra.local.stack import ACCOUNT, REGION

_ELSE: Final = "or run aws configure"
_HERE: Final = {"127.0.0.1", "localhost", "::1"}


class Aws:
    """AWS as the environment names it: AWS_ENDPOINT_URL, else the desk of `make run` here while it
    is running, else the account of the usual credentials. `itself` skips the desk."""

    def __init__(self, *, itself: bool = False) -> None:
        """Find out whom to ask."""
        given = os.environ.get("AWS_ENDPOINT_URL") or None
        local = None if given or itself else endpoint.found(_state())
        self._endpoint = given or local
        self._session = botocore.session.get_session()
        # botocore alone knows AWS_DEFAULT_REGION and no other; the CLI and the SDKs know both.
        if region := os.environ.get("AWS_REGION"):
            self._session.set_config_variable("region", region)
        self._made: dict[str, Any] = {}
        if self._endpoint and urlsplit(self._endpoint).hostname in _HERE:
            self._at_home()
        if local:
            typer.echo(f"asking the desk that is running here ({local})", err=True)

    def _at_home(self) -> None:
        if self._session.get_credentials() is None:
            self._session.set_credentials(ACCOUNT, "local")
        if self._session.get_config_variable("region") is None:
            self._session.set_config_variable("region", REGION)

    def __call__(self, service: str) -> Any:
        """Return the client of a service."""
        if service not in self._made:
            config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3})
            self._made[service] = self._session.create_client(
                service, endpoint_url=self._endpoint, config=config
            )
        return self._made[service]


@contextmanager
def told() -> Iterator[None]:
    """End the command with one sentence, status 2, where AWS cannot be asked or says no."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        typer.echo(f"AWS says no: {said.get('Code')}: {said.get('Message')}", err=True)
        raise typer.Exit(2) from None
    except NoRegionError:
        typer.echo(f"AWS cannot be asked: no region; set AWS_REGION ({_ELSE})", err=True)
        raise typer.Exit(2) from None
    except NoCredentialsError:
        typer.echo(f"AWS cannot be asked: no credentials; set AWS_PROFILE ({_ELSE})", err=True)
        raise typer.Exit(2) from None
    except BotoCoreError as error:
        typer.echo(f"AWS cannot be asked: {error}", err=True)
        raise typer.Exit(2) from None


def _state() -> Path | None:
    given = os.environ.get("STATE")
    return Path(given) if given else None
