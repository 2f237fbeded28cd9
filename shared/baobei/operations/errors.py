"""What an operation raises when there is nothing to refuse, because it was not to be asked."""


class OperationError(Exception):
    """The root of what operations raise."""


class Forbidden(OperationError):
    """The actor's role does not have this operation at all; `operation` says which."""

    def __init__(self, *, operation: str) -> None:
        self.operation = operation
        super().__init__(f"{operation} is not for this role")


class TooOften(OperationError):
    """The actor has asked this too often of late; `operation` says which, `retry_after_s` when to ask again."""

    def __init__(self, *, operation: str, retry_after_s: int) -> None:
        self.operation, self.retry_after_s = operation, retry_after_s
        super().__init__(f"{operation} was asked too often")


class UnusableInput(OperationError):
    """An input that cannot be worked with: `field` as the client knows it, `expected` completes a sentence."""

    def __init__(self, *, field: str, expected: str) -> None:
        self.field, self.expected = field, expected
        super().__init__(f"{field}: expected {expected}")
