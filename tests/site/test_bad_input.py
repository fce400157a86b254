"""What nobody should send: every form and every filter answers with a sentence, never a 500."""

import re
from html.parser import HTMLParser

import pytest
from django.db import connection

from ansm_portal.audit.services import verify
from tests.site.urls import SIGNED_IN

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

NASTY = {
    "empty": "",
    "spaces": "   ",
    "nul": "a\x00b",
    "right to left": "\u202efdp.exe\u202c",
    "a million characters": "x" * 1_000_000,
    "markup": "<script>alert(1)</script>'\";--",
    "number": "99999999999999999999999999",
    "date": "2026-02-31",
    "identifier": "00000000-0000-0000-0000-000000000000",
    "half an emoji": "\ud83d".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
}


class Fields(HTMLParser):
    """The names of the fields of the forms of a page that send POST."""

    def __init__(self, html):
        super().__init__()
        self.names, self.posting = set(), False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.posting = attrs.get("method", "").lower() == "post"
        if tag in {"input", "textarea", "select"} and self.posting and attrs.get("name"):
            self.names.add(attrs["name"])


@pytest.fixture
def everything(client, world):
    """Sign in somebody with every role."""
    client.force_login(world.everybody)
    return client


def _rows():
    """Return how many rows each table of ours has, journal apart."""
    tables = [
        table
        for table in connection.introspection.table_names()
        if re.match("accounts_|devices_|assessments_", table)
    ]
    with connection.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 -- our own tables
            counts[table] = cursor.fetchone()[0]
    return counts


@pytest.mark.parametrize("address", SIGNED_IN, ids=str)
def test_a_form_full_of_it(everything, world, address):
    url = address.url(world)
    page = everything.get(url)
    names = (
        Fields(page.content.decode(errors="replace")).names if page.status_code == 200 else set()
    )
    names = names | {"comment", "text", "reason", "verdict", "justification"}
    for what, value in NASTY.items():
        sent = dict.fromkeys(names - {"csrfmiddlewaretoken"}, value)
        before = _rows()

        response = everything.post(url, sent)

        assert response.status_code < 500, what
        if value in {"", "a\x00b", "x" * 1_000_000} and response.status_code not in {302, 405}:
            assert response.status_code >= 400, f"{what}: {response.status_code}"
            assert _rows() == before, what
    assert verify(world.organisation.pk).is_intact


@pytest.mark.parametrize("address", SIGNED_IN, ids=str)
def test_a_query_string_full_of_it(everything, world, address):
    names = ("q", "page", "sort", "phase", "device_class", "progress", "device", "person", "verb")
    for what, value in NASTY.items():
        query = dict.fromkeys((*names, "after", "next"), value[:2000])
        assert everything.get(address.url(world), query).status_code < 500, what
