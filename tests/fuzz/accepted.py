"""The worst finding."""


class Forged(AssertionError):
    """Something that nobody made was taken for genuine, or a card stopped being one."""
