"""Editions by download: published ones for everybody, drafts for those who edit them."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.catalogue.formats.registry import Format, format_of
from assessments.catalogue.schema import parse
from assessments.services.catalogue import load
from tests.assessments.catalogue.conftest import changed
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def address(catalogue, name):
    return reverse("catalogue-export", args=[catalogue.pk, name])


@pytest.mark.parametrize("name", Format.values)
def test_a_published_edition_is_sent_in_each_format(client, name):
    catalogue = load(parse(changed())).catalogue
    client.force_login(UserFactory())

    response = client.get(address(catalogue, name))

    assert response.status_code == 200
    assert format_of(response.content) == name
    assert 'filename="SMALL-1.0.' in response["Content-Disposition"]
    if name in {"yaml", "ciso"}:
        assert response.content.decode().startswith("# SMALL 1.0: published, SHA-256 ")


def test_a_draft_is_sent_to_who_may_edit_it_alone(client):
    draft = load(parse(changed()), publish=False).catalogue
    client.force_login(UserFactory())
    assert client.get(address(draft, "yaml")).status_code == 404

    user = UserFactory(is_staff=True)
    user.groups.add(Group.objects.get(name="Catalogue administrators"))
    client.force_login(user)
    assert client.get(address(draft, "yaml")).status_code == 200


def test_another_format_is_not_found(client):
    catalogue = load(parse(changed())).catalogue
    client.force_login(UserFactory())

    assert client.get(address(catalogue, "docx")).status_code == 404


def test_what_does_not_fit_a_workbook_is_said(client):
    long = "\n".join(f"    - {n} {'x' * 490}" for n in range(80))
    content = changed(
        (
            "expected_evidence_fr: [Dossier de gestion des risques]",
            f"expected_evidence_fr:\n{long}",
        ),
        ("expected_evidence_en: [Risk management file]", f"expected_evidence_en:\n{long}"),
    )
    catalogue = load(parse(content)).catalogue
    client.force_login(UserFactory(language="en"))

    response = client.get(address(catalogue, "xlsx"))

    assert response.status_code == 409
    assert "export the edition in another format" in response.content.decode()


def test_a_longer_edition_asks_no_more_often(client):
    text = changed().decode()
    entry = text[text.index("- id: R-1") : text.index("- id: R-2")]
    more = "".join(entry.replace("id: R-1", f"id: R-1{n}") for n in range(9))
    longer = text.replace("- id: R-2", f"{more}- id: R-2").replace("'1.0'", "'2.0'")
    client.force_login(UserFactory())
    counts = []

    for content in (text, longer):
        catalogue = load(parse(content.encode())).catalogue
        with CaptureQueriesContext(connection) as queries:
            client.get(address(catalogue, "oscal"))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 9
