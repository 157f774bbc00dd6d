"""Fuzzing: every decoder that meets octets from outside, and the virtual card's dispatch."""
