"""Primitives both sides of a conversation may share: curves, MAC, padding."""
