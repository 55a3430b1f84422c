"""The root of every error, and the three that any process may meet.

PupilstreamError
├── ContractError    bytes, or a value, that the schemas do not allow
├── ConfigError      settings or surroundings that a person has to mend
└── BrokerError      Kafka did not do what was asked
"""

from __future__ import annotations


class PupilstreamError(Exception):
    """Something went wrong; the message says what to do."""


class ContractError(PupilstreamError):
    """Bytes or a value that no released schema allows. Never carries the value."""


class ConfigError(PupilstreamError):
    """Settings that do not fit together; all faults are reported at once."""


class BrokerError(PupilstreamError):
    """What the broker, or the way to it, answered; by code, never by text.

    Attributes:
        code: the protocol's name of the error, for example `_TIMED_OUT`.
        fenced: a younger producer with the same transactional id has taken over.
        abortable: the transaction must be aborted, the producer may go on.
        fatal: this client can do nothing more.

    """

    def __init__(
        self, message: str, *, code: str, fenced: bool = False, abortable: bool = False, fatal: bool = False
    ) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.fenced = fenced
        self.abortable = abortable
        self.fatal = fatal
