"""Values to bytes and back: Avro in the Confluent wire format (0x00, 4-byte schema id, Avro).

Single records are dataclasses and go through fastavro; the rows of a block are a Polars frame and go through Arrow
(pyruhvro). Both give the same bytes. Whatever is wrong with bytes is one error, `ContractError`, without the value.
The only door to both libraries.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final, TypeVar, cast

import fastavro
import numpy as np
import polars as pl
import pyarrow as pa
import pyruhvro
from numpy.typing import NDArray

from schemas.errors import ContractError
from schemas.events import (
    SINGLE_RECORDS,
    Event,
    LookedAfterPeriod,
    RefusedRow,
)
from schemas.topics import catalogue

_MAGIC: Final = 0
_HEADER: Final = struct.Struct(">bI")
_ONE_CHUNK: Final = 1
_NESTED: Final[dict[str, type[RefusedRow | LookedAfterPeriod]]] = {
    "refused": RefusedRow,
    "looked_after": LookedAfterPeriod,
}
_POLARS_TYPES: Final[dict[str, pl.DataType]] = {
    "string": pl.String(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "array": pl.List(pl.String()),
}

AnyEvent = TypeVar("AnyEvent", bound=Event)


class Schema:
    """One released schema: its name (`LedgerEntry.v1`), its id, and its parsed forms."""

    def __init__(self, name: str, schema_id: int) -> None:
        self.name: Final = name
        self.record: Final = name.partition(".")[0]
        self.header: Final = _HEADER.pack(_MAGIC, schema_id)
        self.text: Final = files("schemas").joinpath("avro", f"{name}.avsc").read_text(encoding="utf-8")
        self.definition: Final[dict[str, Any]] = json.loads(self.text)
        self.parsed: Final = fastavro.parse_schema(json.loads(self.text))


@cache
def _by_id() -> dict[bytes, Schema]:
    """Every released schema by its five-byte header."""
    released = (Schema(name, entry["id"]) for name, entry in catalogue()["schemas"].items())
    return {schema.header: schema for schema in released}


@cache
def newest(record: str) -> Schema:
    """The newest released schema of a record."""
    versions = [schema for schema in _by_id().values() if schema.record == record]
    return max(versions, key=lambda schema: int(schema.name.rpartition(".v")[2]))


def schema_of(payload: bytes) -> Schema:
    """The schema a payload was written with.

    Raises:
        ContractError: no framing, or an id that is not in the catalogue.

    """
    schema = _by_id().get(payload[:5])
    if schema is None:
        raise ContractError("Bytes without the wire format's header, or with a schema id that the catalogue lacks.")
    return schema


# Single records -------------------------------------------------------------------------------------------------------


def encode(event: Event) -> bytes:
    """One record as bytes, by its newest schema.

    Raises:
        ContractError: a field does not fit the schema.

    """
    schema = newest(type(event).__name__)
    buffer = io.BytesIO()
    buffer.write(schema.header)
    try:
        fastavro.schemaless_writer(buffer, schema.parsed, _plain(event), strict=True)
    except (ValueError, TypeError, OverflowError, AttributeError, struct.error):
        raise ContractError(f"A value does not fit {schema.name}.") from None
    return buffer.getvalue()


def decode(payload: bytes, expected: type[AnyEvent]) -> AnyEvent:
    """One record from bytes, read by its writer's schema and lifted to the newest.

    Raises:
        ContractError: corrupt, truncated or trailing bytes, an unknown schema, or another record than expected.

    """
    schema = schema_of(payload)
    if schema.record != expected.__name__:
        raise ContractError(f"{schema.name} where {expected.__name__} was expected.")
    return cast("AnyEvent", _event(schema.record, read_plain(payload)))


def decode_any(payload: bytes) -> Event:
    """One single record of any kind.

    Raises:
        ContractError: as `decode`; also for a row record.

    """
    record = schema_of(payload).record
    if record not in SINGLE_RECORDS:
        raise ContractError(f"{record} travels in blocks.")
    return _event(record, read_plain(payload))


def read_plain(payload: bytes) -> dict[str, Any]:
    """A record as a plain mapping with the newest schema's fields: for rows met alone, and for tools.

    Raises:
        ContractError: corrupt, truncated or trailing bytes.

    """
    schema = schema_of(payload)
    buffer = io.BytesIO(payload)
    value = _read(buffer, schema)
    if buffer.tell() != len(payload):
        raise ContractError(f"Bytes after the end of {schema.name}.")
    return value


def _read(buffer: io.BytesIO, schema: Schema) -> dict[str, Any]:
    """What stands behind the header, written by this schema, with the newest one's fields."""
    buffer.seek(_HEADER.size)
    try:
        value = fastavro.schemaless_reader(buffer, schema.parsed, newest(schema.record).parsed)
    except (ValueError, TypeError, IndexError, KeyError, EOFError, OverflowError, MemoryError, struct.error):
        raise ContractError(f"Corrupt bytes for {schema.name}.") from None
    return cast("dict[str, Any]", value)


def read_known(payload: bytes, record: str) -> dict[str, Any]:
    """As `read_plain`, also where a newer program wrote the record by a schema that this one does not know.

    What such a schema adds stands behind the fields of the newest one known here, and is left: `compatibility` holds
    every record to that which other teams read on their own clock. Only for topics that carry this record alone.

    Raises:
        ContractError: corrupt or truncated bytes, or another record.

    """
    known = _by_id().get(payload[:5])
    if known is None and len(payload) >= _HEADER.size and payload[0] == _MAGIC:
        return _read(io.BytesIO(payload), newest(record))
    if known is None or known.record != record:
        raise ContractError(f"Bytes that are no {record}.")
    return read_plain(payload)


def _plain(value: object) -> Any:
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _field_names(value.__class__)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


@cache
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _event(record: str, plain: dict[str, Any]) -> Event:
    return SINGLE_RECORDS[record](**{name: _typed(name, value) for name, value in plain.items()})


def _typed(name: str, value: object) -> Any:
    if not isinstance(value, list):
        return value
    nested = _NESTED.get(name)
    return tuple(value) if nested is None else tuple(nested(**item) for item in value)


# Blocks ---------------------------------------------------------------------------------------------------------------


@cache
def columns(record: str) -> dict[str, pl.DataType]:
    """The columns of a row record, in the schema's order, with their Polars types."""
    return {field["name"]: _POLARS_TYPES[_avro_type(field)] for field in newest(record).definition["fields"]}


def encode_block(record: str, frame: pl.DataFrame) -> list[bytes]:
    """The rows of a frame as one payload each, by the record's newest schema.

    The frame needs every column of `columns(record)`; others are left out.

    Raises:
        ContractError: a missing column, a type that does not fit, or a null where the schema has none.

    """
    schema = newest(record)
    try:
        ordered = frame.select(pl.col(name).cast(kind) for name, kind in columns(record).items())
    except pl.exceptions.PolarsError:
        raise ContractError(f"Columns do not fit {schema.name}.") from None
    _refuse_nulls(schema, ordered)
    payloads: list[bytes] = []
    for data, offsets in _serialized(schema, _arrow(ordered).to_batches()):
        header, bodies, bounds = schema.header, data.to_pybytes(), offsets.tolist()
        payloads += [header + bodies[start:end] for start, end in pairwise(bounds)]
    return payloads


def decode_block(record: str, payloads: Sequence[bytes]) -> pl.DataFrame:
    """The rows of one record as a frame with the newest schema's columns, in the order given.

    Raises:
        ContractError: corrupt, truncated or trailing bytes, or a payload of another record.

    """
    if not payloads:
        return pl.DataFrame(schema=columns(record))
    headers = {payload[:5] for payload in payloads}
    for header in headers:
        if schema_of(header).record != record:
            raise ContractError(f"{schema_of(header).name} in a block of {record}.")
    if len(headers) > 1:
        return pl.DataFrame([read_plain(payload) for payload in payloads], schema=columns(record))
    return _lifted(record, _decoded(schema_of(payloads[0]), payloads))


def _avro_type(field: dict[str, Any]) -> str:
    kind = field["type"][-1] if isinstance(field["type"], list) else field["type"]
    if isinstance(kind, str):
        return kind
    return str(kind.get("logicalType", kind["type"]))


def _refuse_nulls(schema: Schema, frame: pl.DataFrame) -> None:
    """Arrow's encoder would write a null as 0 or "" without a word."""
    required = [f["name"] for f in schema.definition["fields"] if not isinstance(f["type"], list)]
    nulls = frame.select(pl.col(required).null_count().cast(pl.Int64)).row(0)
    inner = [frame[name].explode(empty_as_null=False).null_count() for name in required if frame[name].dtype == pl.List]
    if sum(nulls) + sum(inner):
        raise ContractError(f"A null where {schema.name} has none.")


def _serialized(schema: Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Buffer, NDArray[np.int32]]]:
    """The Avro of all rows run together, and where each begins and ends: an object a row would cost more than both."""
    for batch in batches:
        for array in pyruhvro.serialize_record_batch(batch, schema.text, _ONE_CHUNK):
            _, offsets, data = array.buffers()
            yield data, np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]


def _arrow(frame: pl.DataFrame) -> pa.Table:
    """An Arrow table without the large and view types that the encoder does not know."""
    table = frame.to_arrow()
    plain = {pl.String: pa.string(), pl.List: pa.list_(pa.field("item", pa.string()))}
    kinds = frame.schema
    arrow_fields = [pa.field(f.name, plain.get(kinds[f.name].base_type(), f.type)) for f in table.schema]
    return table.cast(pa.schema(arrow_fields)).combine_chunks()


def _decoded(schema: Schema, payloads: Sequence[bytes]) -> pl.DataFrame:
    bodies = [payload[5:] for payload in payloads]
    try:
        batch = pyruhvro.deserialize_array(bodies, schema.text)
        frame = pl.from_arrow(batch)
    except (ValueError, pl.exceptions.PolarsError, pa.ArrowException):
        raise ContractError(f"Corrupt bytes in a block of {schema.name}.") from None
    if not isinstance(frame, pl.DataFrame) or frame.height != len(bodies):
        raise ContractError(f"Corrupt bytes in a block of {schema.name}.")
    _refuse_leftovers(schema, batch, payloads)
    return frame


def _refuse_leftovers(schema: Schema, batch: pa.RecordBatch, payloads: Sequence[bytes]) -> None:
    """The Arrow decoder ignores bytes after the end: what was read, written again, must be as long as what came.

    Another writer may lay out an array in other blocks, so a difference is judged by the strict reader.
    """
    expected = np.concatenate([np.diff(offsets) for _, offsets in _serialized(schema, [batch])])
    came = np.fromiter(map(len, payloads), np.int64, len(payloads)) - _HEADER.size
    for row in np.flatnonzero(came != expected).tolist():
        read_plain(payloads[row])


def _lifted(record: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The newest schema's columns: what an older writer did not know has its default."""
    defaults = {f["name"]: f.get("default") for f in newest(record).definition["fields"]}
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(defaults[name])).cast(kind).alias(name)
        for name, kind in columns(record).items()
    )
