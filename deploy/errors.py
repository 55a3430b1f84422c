"""What can go wrong in running an installation."""

from __future__ import annotations

from schemas.errors import PupilstreamError


class ServerError(PupilstreamError):
    """An embedded server that could not be fetched, started or stopped; the message says what to do."""
