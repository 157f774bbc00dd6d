"""Whole taps: protocols composed for one kind of card."""
