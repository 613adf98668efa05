"""The desk document: read, checked, normalised, compiled."""
