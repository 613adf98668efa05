"""The rules of a help desk: pure, standard library only, no clock, no randomness, no AWS."""
