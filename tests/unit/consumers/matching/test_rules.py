"""The file of weights: whole numbers, one version, frequencies frozen from a population without pointing at a child."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from consumers.matching.rules import VERSION, current, frozen

LEVELS = ("forename", "surname", "dob", "gender", "school", "upn")


def document() -> dict[str, Any]:
    """The file as it stands."""
    text = files("consumers.matching").joinpath("rules", f"{VERSION}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_the_file_names_its_own_version() -> None:
    """What a decision states can be found again."""
    assert (document()["version"], current().version) == (VERSION, VERSION)


def test_every_weight_is_a_whole_number() -> None:
    """Hundredths of a bit add up alike on every machine."""
    known = document()["frequencies"]
    weights = [bits for field in LEVELS for bits in document()[field].values()]
    weights += [bits for table in ("forenames", "surnames", "days", "dobs") for bits in known[table].values()]
    weights += [document()[name] for name in ("start", "certain", "clear", "possible", "below_exact")]

    assert {type(bits) for bits in weights} == {int}


def test_no_weight_is_wild() -> None:
    """Nothing but a UPN outweighs 13 bits, nor counts for more than 10 against."""
    rules = current()
    weights = [
        bits for field in LEVELS for level, bits in document()[field].items() if (field, level) != ("upn", "same")
    ]
    exact = [*rules.frequencies.forenames.values(), *rules.frequencies.surnames.values(), rules.frequencies.dob_other]

    assert (min(weights) >= -1000, max([*weights, *exact]) <= 1300) == (True, True)


def test_frequencies_are_frozen_from_a_population() -> None:
    """A common name weighs less than a rare one, and a frequent date of birth less than another."""
    days = [date(2010, 1, 1) + timedelta(days=place) for place in range(900)] + [date(2012, 1, 1)] * 100
    names = ["ada"] * 600 + ["bo"] * 390 + ["cy"] * 10

    rules = frozen(current(), forenames=names, surnames=names[::-1], dobs=days)

    assert rules.forename_exact("ada") < rules.forename_exact("bo") < rules.forename_exact("cy")
    assert rules.dob_exact(date(2012, 1, 1)) < rules.dob_exact(date(2011, 5, 5))
    assert (rules.start, rules.version != VERSION) == (-997, True)


def test_a_name_that_few_children_have_is_not_frozen() -> None:
    """The file would point at them; they weigh as the rarest that are kept would."""
    names = ["ada"] * 96 + ["bo"] * 4

    rules = frozen(current(), forenames=names, surnames=names, dobs=[date(2010, 1, 1), date(2020, 1, 1)] * 50)

    assert (rules.is_known_forename("ada"), rules.is_known_forename("bo")) == (True, False)
    assert rules.forename_exact("bo") == rules.forename_exact("zed")
