"""The rows of past deliveries, read again from their topic: which lines of a file a number comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from consumers.runtime.blocks import Assembler
from consumers.runtime.work import Delivery
from schemas.events import Dataset
from schemas.process.kafka import read_span
from schemas.process.settings import Settings
from schemas.topics import TOPIC_OF_DATASET

_MARKERS = 2
"""The opening and the closing record of a block."""


@dataclass(frozen=True, slots=True)
class File:
    """A delivery's file, and where its block ends on its topic."""

    delivery_seq: int
    file_name: str
    sha256: str
    received_at: datetime
    rows_accepted: int
    partition: int
    end_offset: int


def rows_of(settings: Settings, dataset: Dataset, file: File) -> pl.DataFrame | None:
    """All rows of a delivery, as its row record's columns; None where they have left the topic.

    Raises:
        BrokerError: the broker did not answer.

    """
    topic = TOPIC_OF_DATASET[dataset]
    start = file.end_offset - file.rows_accepted - _MARKERS
    records = read_span(settings, topic, file.partition, start=start, end=file.end_offset)
    payloads = [(record.offset, record.value) for record in records if record.value is not None]
    for piece in Assembler(topic, file.partition).feed(payloads):
        if isinstance(piece, Delivery) and piece.begun.delivery_seq == file.delivery_seq:
            return piece.rows
    return None
