"""The build for this machine, made once."""

from pathlib import Path

import pytest

from tests.artefact.built import build_here


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_here(tmp_path_factory.mktemp("built"))
