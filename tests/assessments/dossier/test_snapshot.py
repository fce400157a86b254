import dataclasses
import datetime as dt
import json
import types
import typing
import unicodedata

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.dossier import canonical
from assessments.dossier.canonical import NotCanonical
from assessments.dossier.edition import Catalogue, Term
from assessments.dossier.snapshot import (
    Action,
    Approval,
    Entry,
    Evidence,
    Phase,
    Remark,
    Seal,
    Version,
    digest,
    from_json,
    to_canonical_json,
)
from tests.assessments.dossier import samples

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).map(
    lambda text: unicodedata.normalize("NFC", text)
)
SCALARS = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(0, 2**53 - 1),
    dt.date: st.dates(min_value=dt.date(1900, 1, 1)),
    dt.datetime: st.datetimes(
        min_value=dt.datetime(1900, 1, 1),  # noqa: DTZ001 -- a bound; the zone is added
        timezones=st.just(dt.UTC),
    ),
}


def values_of(kind):
    """Return a strategy for a field of the record."""
    if typing.get_origin(kind) is types.UnionType:
        return st.none() | values_of(typing.get_args(kind)[0])
    if typing.get_origin(kind) is tuple:
        return st.lists(values_of(typing.get_args(kind)[0]), max_size=2).map(tuple)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return st.builds(kind, **{name: values_of(hint) for name, hint in hints.items()})
    return SCALARS[kind]


@pytest.mark.parametrize(
    "kind", [Entry, Phase, Evidence, Remark, Action, Approval, Catalogue, Version, Seal, Term]
)
@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_read_back_is_what_was_written(kind, data):
    value = data.draw(values_of(kind))

    assert canonical.decode(canonical.encode(value), kind) == value


def test_a_whole_record_read_back_is_what_was_written():
    snapshot = samples.snapshot()

    assert from_json(to_canonical_json(snapshot)) == snapshot


def test_a_record_has_one_form_whatever_the_order_of_its_keys():
    content = to_canonical_json(samples.snapshot())
    shuffled = json.dumps(dict(reversed(json.loads(content).items()))).encode()

    assert digest(content) == digest(to_canonical_json(from_json(content)))
    with pytest.raises(NotCanonical, match="canonical form"):
        from_json(shuffled)


def test_texts_are_composed():
    decomposed = samples.snapshot(requested_by="Zoe\u0301")

    assert from_json(to_canonical_json(decomposed)).requested_by == "Zo\u00e9"


def test_an_instant_is_written_in_utc():
    paris = dt.timezone(dt.timedelta(hours=2))
    snapshot = samples.snapshot(issued_at=dt.datetime(2026, 7, 1, 14, 0, tzinfo=paris))

    assert b'"issued_at":"2026-07-01T12:00:00.000000Z"' in to_canonical_json(snapshot)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda plain: plain.pop("number"), r"\$\.number: missing"),
        (lambda plain: plain.update(extra=1), r"\$\.extra: unknown"),
        (lambda plain: plain.update(number=7), r"\$\.number: not a str"),
        (lambda plain: plain.update(is_provisional=1), r"is_provisional: not a bool"),
        (lambda plain: plain.update(issued_at="yesterday"), r"issued_at: not a datetime"),
        (lambda plain: plain.update(phases={}), r"\$\.phases: not a list"),
        (lambda plain: plain["phases"].append([]), r"\$\.phases\[5\]: not an object"),
        (lambda plain: plain.update(schema_version="1"), "another schema"),
    ],
)
def test_another_shape_is_refused_with_its_place(change, reason):
    plain = json.loads(to_canonical_json(samples.snapshot()))
    change(plain)

    with pytest.raises(NotCanonical, match=reason):
        from_json(rfc8785.dumps(plain))


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_not_json_is_refused(content):
    with pytest.raises(NotCanonical, match="not JSON"):
        from_json(content)


def test_a_value_without_canonical_form_is_a_bug():
    with pytest.raises(TypeError, match="float"):
        canonical.encode(dataclasses.replace(samples.snapshot(), number=1.5))
