"""The three errors that steer a consumer.

PupilstreamError
├── RetryableError   back off and try again; after a while stop, never skip
├── PoisonError      park this piece of work and go on, up to a limit
└── FatalError       stop the process; a person has to look
"""

from __future__ import annotations

from schemas.errors import PupilstreamError


class RetryableError(PupilstreamError):
    """The database or the broker did not answer as it should; the work itself may be good."""


class PoisonError(PupilstreamError):
    """This delivery cannot be applied, however often it is tried.

    Attributes:
        reason: a snake_case word for it; no value of a row.

    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class FatalError(PupilstreamError):
    """To go on would do harm: two owners of a partition, a lost position, too much parked."""
