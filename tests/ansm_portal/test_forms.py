"""What every form does with what people type."""

import datetime as dt

import pytest
from django import forms

from ansm_portal.forms import DayInput, PortalForm, PortalModelForm
from ansm_portal.permissions import Role
from devices.models import Device
from tests.factories import DeviceFactory, MembershipFactory, OrganisationFactory


class Note(PortalForm):
    text = forms.CharField(max_length=20)
    day = forms.DateField(required=False, widget=DayInput())


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Pompe  ", "Pompe"),
        ("He\u0301molys", "H\u00e9molys"),
        ("abc\u202edef", "abc\u202edef"),
    ],
)
def test_text_is_stripped_and_stored_in_one_form_of_each_character(typed, stored):
    form = Note({"text": typed})
    assert form.is_valid()
    assert form.cleaned_data["text"] == stored


@pytest.mark.parametrize("typed", ["", "   ", "a\x00b", "x" * 21, "x" * 1_000_000])
def test_what_cannot_be_text_is_an_error_of_its_field(typed):
    form = Note({"text": typed})
    assert not form.is_valid()
    assert list(form.errors) == ["text"]


def test_a_text_is_counted_as_it_will_be_stored():
    assert Note({"text": "e\u0301" * 20}).is_valid()
    assert not Note({"text": "e\u0301" * 21}).is_valid()


class Secret(PortalForm):
    password = forms.CharField(widget=forms.PasswordInput, strip=False)
    words = forms.MultipleChoiceField(choices=[("\u00e9", "e"), ("a", "a")])


def test_a_password_stays_as_typed_and_several_values_stay_several():
    form = Secret({"password": " e\u0301 ", "words": ["e\u0301", "a"]})
    assert form.is_valid()
    assert form.cleaned_data == {"password": " e\u0301 ", "words": ["\u00e9", "a"]}


def test_a_day_is_written_as_browsers_want_it():
    form = Note({"text": "x", "day": "2026-02-31"})
    assert list(form.errors) == ["day"]
    assert 'type="date"' in str(Note()["day"])
    assert 'value="2026-11-20"' in str(Note(initial={"day": dt.date(2026, 11, 20)})["day"])


def test_the_template_owns_form_tag_and_token():
    helper = Note().helper
    assert (helper.form_tag, helper.disable_csrf) == (False, True)


class DeviceName(PortalModelForm):
    class Meta:
        model = Device
        fields = ("name", "reference")


@pytest.mark.django_db
def test_what_must_be_unique_in_an_organisation_is_checked_with_its_organisation():
    taken = DeviceFactory(reference="PMP-1")
    own, other = (
        Device(organisation=organisation, regulation="mdr", device_class="IIb", safety_class="C")
        for organisation in (taken.organisation, OrganisationFactory())
    )
    sent = {"name": "Pump", "reference": "PMP-1"}
    assert not DeviceName(sent, instance=own).is_valid()
    assert DeviceName(sent, instance=other).is_valid()


@pytest.mark.django_db
def test_errors_are_listed_first_with_links_to_their_fields(client):
    member = MembershipFactory(role=Role.MANAGER)
    client.force_login(member.user)

    response = client.post(f"/o/{member.organisation.slug}/devices/add/", {"name": ""})

    page = response.content.decode()
    assert response.status_code == 422
    assert page.index('role="alert"') < page.index('id="id_name"')
    assert '<li><a href="#id_name">Name</a>: This field is required.</li>' in page
    assert 'aria-invalid="true"' in page


def test_lines_end_in_one_way_whatever_sent_them():
    form = Note({"text": "one\r\ntwo\rthree\nfour"})
    assert form.is_valid()
    assert form.cleaned_data["text"] == "one\ntwo\nthree\nfour"
