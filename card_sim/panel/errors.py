"""What the panel says no to."""


class NotPossible(Exception):
    """What was asked for cannot be done; the message is for the developer."""
