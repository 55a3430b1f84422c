"""The same rows against the same index by two toolkits, names and date of birth only, for the table of the benchmark.

`recordlinkage` with ECM and yes/no agreements, and Splink with EM and term frequencies: neither sees a label. Each row
goes to its best child, if that reaches the threshold.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import polars as pl

from consumers.matching.names import normalised
from consumers.matching.pupils import CouncilPupil
from tests.benchmarks.matching_febrl import Truth

THRESHOLDS: Final = (0.5, 0.9, 0.99)


class Links(NamedTuple):
    """What a toolkit linked: a child for each row that has one."""

    method: str
    children: dict[str, str]


def is_installed(package: str) -> bool:
    """Whether the toolkit is there; neither is needed for anything else."""
    return find_spec(package) is not None


def by_recordlinkage(children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> Links:
    """Six agreements: each name and the date of birth, alike and to the letter; ECM decides. Of two as good: none."""
    toolkit = import_module("recordlinkage")
    left, right = _frame(_rows(truths)).to_pandas().set_index("unique_id"), _frame(_known(children)).to_pandas()
    right = right.set_index("unique_id")
    pairs = toolkit.Index()
    for column in ("dob", "surname", "forename"):
        pairs.block(column)
    compared = toolkit.Compare()
    for column in ("forename", "surname"):
        compared.string(column, column, method="jarowinkler", threshold=0.85, label=f"{column}_alike")
        compared.exact(column, column, label=f"{column}_same")
    compared.string("dob", "dob", method="damerau_levenshtein", threshold=0.85, label="dob_alike")
    compared.exact("dob", "dob", label="dob_same")
    features = compared.compute(pairs.index(left, right), left, right)
    classifier = toolkit.ECMClassifier()
    classifier.fit_predict(features)
    chances = classifier.prob(features)
    likely = ((row, child, float(chance)) for (row, child), chance in chances.items() if chance >= THRESHOLDS[0])
    return Links("recordlinkage, ECM", _best(likely))


def by_splink(children: Sequence[CouncilPupil], truths: Sequence[Truth]) -> list[Links]:
    """Names with term frequencies and a date of birth with levels, trained without labels; at several thresholds."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    toolkit, library = import_module("splink"), import_module("splink.comparison_library")
    database = import_module("splink.backends.duckdb").DuckDBAPI()
    tables = [
        database.register(_frame(rows).to_pandas(), dataset_display_name=name)
        for name, rows in (("rows", _rows(truths)), ("index", _known(children)))
    ]
    settings = toolkit.SettingsCreator(
        link_type="link_only",
        comparisons=[
            library.JaroWinklerAtThresholds("forename", [0.92, 0.88]).configure(term_frequency_adjustments=True),
            library.JaroWinklerAtThresholds("surname", [0.92, 0.88]).configure(term_frequency_adjustments=True),
            library.DamerauLevenshteinAtThresholds("dob", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=[
            toolkit.block_on("dob"), toolkit.block_on("forename", "surname"), toolkit.block_on("start", "surname"),
        ],
    )  # fmt: skip
    linker = toolkit.Linker(tables, settings, log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match([toolkit.block_on("forename", "surname", "dob")], recall=0.4)
    training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    training.estimate_parameters_using_expectation_maximisation(toolkit.block_on("dob"))
    training.estimate_parameters_using_expectation_maximisation(toolkit.block_on("surname"))
    found = linker.inference.predict(threshold_match_probability=THRESHOLDS[0]).as_pandas_dataframe()
    pairs = list(zip(found["unique_id_l"], found["unique_id_r"], found["match_probability"], strict=True))
    sided = [(one, other, p) if one.startswith("row") else (other, one, p) for one, other, p in pairs]
    return [
        Links(f"Splink, p >= {least}", _best((row, child, p) for row, child, p in sided if p >= least))
        for least in THRESHOLDS
    ]


def _best(pairs: Iterable[tuple[str, str, float]]) -> dict[str, str]:
    """For each row the most likely child, unless two are as likely."""
    chances: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for row, child, chance in pairs:
        chances[row].append((chance, child))
    ordered = {row: sorted(children, reverse=True) for row, children in chances.items()}
    return {
        row.removeprefix("row"): children[0][1].removeprefix("child")
        for row, children in ordered.items()
        if len(children) == 1 or children[0][0] > children[1][0]
    }


def _rows(truths: Sequence[Truth]) -> list[tuple[str, str | None, str | None, date | None]]:
    return [
        (f"row{place}", truth.seen.forename, truth.seen.surname, truth.seen.dob) for place, truth in enumerate(truths)
    ]


def _known(children: Sequence[CouncilPupil]) -> list[tuple[str, str | None, str | None, date | None]]:
    return [(f"child{child.pupil_id}", child.first_name, child.surname, child.dob) for child in children]


def _frame(people: Iterable[tuple[str, str | None, str | None, date | None]]) -> Any:
    """Names as we compare them, so that no toolkit is behind for want of cleaning."""
    cleaned = [
        (one, normalised(forename or "") or None, normalised(surname or "") or None, dob and f"{dob:%Y%m%d}")
        for one, forename, surname, dob in people
    ]
    frame = pl.DataFrame(cleaned, schema=["unique_id", "forename", "surname", "dob"], orient="row")
    return frame.with_columns(start=pl.col("forename").str.slice(0, 1))
