"""Guardia: the help desk without servers."""

import zoneinfo

__version__ = "0.1.0"

# Zone data come from the pinned `tzdata` alone: the machine's own would make the same history
# count differently on another one.
zoneinfo.reset_tzpath(())
