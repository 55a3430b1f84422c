"""The root of every error, and the two that any process may meet.

    PupilstreamError
    ├── ContractError    bytes, or a value, that the schemas do not allow
    └── ConfigError      settings or surroundings that a person has to mend
"""

from __future__ import annotations


class PupilstreamError(Exception):
    """Something went wrong; the message says what to do."""


class ContractError(PupilstreamError):
    """Bytes or a value that no released schema allows. Never carries the value."""


class ConfigError(PupilstreamError):
    """Settings that do not fit together; all faults are reported at once."""
