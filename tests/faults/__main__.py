"""`python -m tests.faults`: every handler crashed at every call, and the table of what came of it."""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([str(Path(__file__).parent), "-q", *sys.argv[1:]]))
