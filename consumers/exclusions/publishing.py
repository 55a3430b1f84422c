"""An alert as the record that subscribers read, with the CloudEvents attributes in its headers."""

from __future__ import annotations

from typing import Final

from consumers.runtime.outbox import Outgoing
from schemas.events import ExclusionAlert
from schemas.topics import ALERTS

SOURCE: Final = "pupilstream/exclusions"
_SPECIFICATION: Final = "1.0"


def outgoing(alert: ExclusionAlert, payload: bytes) -> Outgoing:
    """The record of an alert, with its bytes; its id tells whether it is in the topic already."""
    return Outgoing(
        topic=ALERTS,
        partition=0,
        key=alert.pupil_id or alert.dfe_no,
        value=payload,
        outbox_key=alert.alert_id,
        headers={
            "ce_id": alert.alert_id,
            "ce_type": alert.kind,
            "ce_source": SOURCE,
            "ce_time": alert.raised_at.isoformat(),
            "ce_specversion": _SPECIFICATION,
        },
    )
