"""Guardia: the help desk without servers."""

__version__ = "0.1.0"
