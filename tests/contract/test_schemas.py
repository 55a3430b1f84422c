"""The contract as a closed world: no orphan, no edit of what was released, every example survives the wire."""

from __future__ import annotations

from dataclasses import fields
from importlib.resources import files

import pytest

from schemas import codec
from schemas.compatibility import faults
from schemas.events import ROW_RECORDS, SINGLE_RECORDS
from schemas.topics import TOPIC_OF_DATASET, catalogue, topics
from tests.support.examples import event, example, example_names, frame

RETENTIONS = {str(400 * 86_400_000), "-1"}
ROWS = sorted(ROW_RECORDS.values())


def test_every_schema_file_is_in_the_catalogue_and_the_other_way_round() -> None:
    """A schema that no process can look up, or an id without a schema, is a mistake."""
    on_disk = {file.name.removesuffix(".avsc") for file in files("schemas").joinpath("avro").iterdir()}

    assert set(catalogue()["schemas"]) == on_disk


def test_schema_ids_are_unique() -> None:
    """Two schemas under one id would be read as each other."""
    ids = [entry["id"] for entry in catalogue()["schemas"].values()]

    assert len(set(ids)) == len(ids)


def test_every_record_travels_on_a_topic() -> None:
    """The catalogue of topics names each record, and no other."""
    travelling = {record for topic in topics().values() for record in topic.records}

    assert {name.partition(".")[0] for name in catalogue()["schemas"]} == travelling


def test_every_schema_has_an_example() -> None:
    """What consumers are tested with covers every schema."""
    shown = {name.partition("/")[0] for name in example_names()}

    assert set(catalogue()["schemas"]) == shown


def test_every_released_schema_keeps_its_promises() -> None:
    """No released file was edited, and each version reads what it must."""
    assert faults() == []


def test_alerts_promise_compatibility_both_ways() -> None:
    """Other teams upgrade on their own clock."""
    modes = {name: entry["compatibility"] for name, entry in catalogue()["schemas"].items()}

    assert [name for name, mode in modes.items() if mode == "FULL_TRANSITIVE"] == ["ExclusionAlert.v1"]


@pytest.mark.parametrize("name", sorted(topics()))
def test_retention_is_one_of_the_agreed(name: str) -> None:
    """A topic is kept 400 days, for ever, or compacted."""
    config = dict(topics()[name].config)

    assert config["cleanup.policy"] == "compact" or config["retention.ms"] in RETENTIONS


def test_a_dataset_s_topic_carries_its_rows_between_markers() -> None:
    """Each dataset has one topic, and that topic its row record and both markers."""
    expected = {dataset: {ROW_RECORDS[dataset], "DeliveryBegun", "DeliveryCompleted"} for dataset in ROW_RECORDS}

    assert {dataset: set(topics()[topic].records) for dataset, topic in TOPIC_OF_DATASET.items()} == expected


@pytest.mark.parametrize("record", sorted(SINGLE_RECORDS))
def test_the_class_of_a_record_has_the_schema_s_fields(record: str) -> None:
    """A field in one and not in the other would be lost or refused."""
    in_schema = {field["name"] for field in codec.newest(record).definition["fields"]}

    assert {field.name for field in fields(SINGLE_RECORDS[record])} == in_schema


@pytest.mark.parametrize("name", [name for name in example_names() if name.partition(".")[0] in SINGLE_RECORDS])
def test_a_single_record_survives_the_wire(name: str) -> None:
    """Encoded and decoded, each example is itself again."""
    sent = event(name)

    assert codec.decode(codec.encode(sent), type(sent)) == sent


@pytest.mark.parametrize("record", ROWS)
def test_a_block_survives_the_wire(record: str) -> None:
    """The examples of a row record go through as one block, unchanged and in order."""
    sent = frame(record)

    assert codec.decode_block(record, codec.encode_block(record, sent)).equals(sent)


@pytest.mark.parametrize("name", [name for name in example_names() if name.partition(".")[0] in ROWS])
def test_a_row_of_a_block_reads_alone(name: str) -> None:
    """Any Avro tool reads a row that the Arrow encoder wrote."""
    record = name.partition(".")[0]
    sent = frame(record)
    wanted = example(name)
    position = sent["row"].to_list().index(wanted["row"])

    assert codec.read_plain(codec.encode_block(record, sent)[position]) == wanted
