"""How the chip says no: a status word, raised where the reason is found."""


class Refusal(Exception):
    """The command is refused with `status`; the answer carries no data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = int(status)
