"""What is known about a file besides its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from producers.feeds.profile import Profile


@dataclass(frozen=True, slots=True)
class Context:
    """Who sent a file, when it was received, and the form agreed with that sender.

    Attributes:
        sender: a DfE number, `council`, or empty where it is not known: then no row is another school's.
        secret: the installation's key for pupil keys that must not be guessed from a name.

    """

    sender: str
    received_on: date
    profile: Profile
    secret: bytes = field(repr=False)
