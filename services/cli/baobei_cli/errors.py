"""How a command says that it cannot go on."""


class CommandError(Exception):
    """A message for the person at the terminal; the command ends with it and ``status``, without a traceback."""

    def __init__(self, message: str, *, status: int = 2) -> None:
        self.status = status
        super().__init__(message)
