"""What every page has in common, and the pages that say that something is not as expected."""

import hashlib
import json
import re
import tomllib
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.http import QueryDict
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from ansm_portal.permissions import Role
from tests.factories import DeviceFactory, MembershipFactory, UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

STATIC = settings.BASE_DIR / "static"


@pytest.fixture
def member(client):
    member = MembershipFactory(role=Role.MANAGER)
    client.force_login(member.user)
    return member


def form_of(html):
    """Return what a browser would send of the form in ``main``."""

    class Form(HTMLParser):
        sent, inside, area = QueryDict(mutable=True), False, None

        def handle_starttag(self, tag, attrs):
            attrs = dict(attrs)
            self.inside = self.inside or tag == "main"
            if self.inside and tag == "input":
                self.sent.appendlist(attrs["name"], attrs.get("value", ""))
            if self.inside and tag == "textarea":
                self.area = attrs["name"]
                self.sent.appendlist(self.area, "")

        def handle_data(self, text):
            if self.area:
                values = self.sent.getlist(self.area)
                values[-1] += text
                self.sent.setlist(self.area, values)

        def handle_endtag(self, tag):
            if tag == "textarea":
                # The newline after the tag is not part of the text.
                values = self.sent.getlist(self.area)
                values[-1] = values[-1].removeprefix("\n")
                self.sent.setlist(self.area, values)
                self.area = None

    form = Form()
    form.feed(html)
    return form.sent


# The policy of what a page may load


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(client):
    policy = client.get("/account/login/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }


def test_htmx_evaluates_nothing_and_shows_refusals(client):
    page = client.get("/account/login/").content.decode()
    config = json.loads(re.search(r"htmx-config\" content='([^']*)'", page)[1])
    assert not any(
        config[name] for name in ("includeIndicatorStyles", "allowEval", "allowScriptTags")
    )
    swapped = {rule["code"] for rule in config["responseHandling"] if rule["swap"]}
    assert swapped == {"[23]..", "409|422|429"}


def test_the_theme_is_set_before_the_styles_are_read(client):
    page = client.get("/account/login/").content.decode()
    assert page.index("portal/theme.js") < page.index("stylesheet")
    assert not re.search(r"theme[^\"]*\.js\" (defer|async)", page)


def test_every_page_says_whose_text_is_authoritative(client, member):
    for url in ("/account/password/change/", "/nowhere/"):
        assert "only the text published by the ANSM is authoritative" in (
            client.get(url).content.decode()
        )


TEAM = {"answers", "devices", "assessments", "actions", "evidence", "dossiers", "members"}


@pytest.mark.parametrize(
    ("role", "links"),
    [
        (Role.ASSESSOR, TEAM),
        (Role.MANAGER, TEAM | {"journal"}),
        (Role.AUDITOR, {"dossiers"}),
    ],
)
def test_the_navigation_shows_what_a_role_reaches(client, role, links):
    member = MembershipFactory(role=role)
    client.force_login(member.user)
    start = f"/o/{member.organisation.slug}/"

    page = client.get(start, follow=True).content.decode()

    navigation = page[page.index("<header") : page.index("</header")]
    assert set(re.findall(rf'class="nav-link" href="{start}(\w+)/"', navigation)) == links


def test_the_menu_leads_to_the_other_organisations_of_the_person(client, member):
    other = MembershipFactory(user=member.user).organisation
    url = reverse("accounts:members", args=[member.organisation.slug])
    page = client.get(url).content.decode()
    assert f'<a class="dropdown-item" href="/o/{other.slug}/">' in page
    assert f'href="/o/{member.organisation.slug}/" aria-current="true">' in page


# What is not as expected


def test_what_does_not_exist_and_what_is_not_ones_own_read_the_same(client, member):
    own = member.organisation.slug
    device = DeviceFactory()
    missing, foreign_organisation, foreign_row = (
        client.get(url)
        for url in (
            "/o/nowhere/members/",
            f"/o/{device.organisation.slug}/members/",
            reverse("devices:device-detail", args=[own, device.pk]),
        )
    )

    def said(response):
        page = response.content.decode()
        return page[page.index("<main") : page.index("</main")]

    for response in (missing, foreign_organisation, foreign_row):
        assert response.status_code == 404
    assert said(missing) == said(foreign_organisation) == said(foreign_row)
    assert "There is nothing here" in said(missing)


def test_a_page_beyond_ones_roles_says_so(client):
    member = MembershipFactory(role=Role.AUDITOR)
    client.force_login(member.user)
    response = client.get(reverse("accounts:members", args=[member.organisation.slug]))
    assert response.status_code == 403
    assert "This is not among your roles" in response.content.decode()


def test_an_address_that_takes_forms_says_so_to_a_visitor(client, member):
    response = client.get(reverse("audit:journal-verify", args=[member.organisation.slug]))
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "This address takes a form" in response.content.decode()


def test_a_form_that_is_too_long_to_be_read_is_answered_400_with_a_sentence(client, member):
    url = reverse("devices:device-add", args=[member.organisation.slug])
    response = client.post(url, {"name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert response.status_code == 400
    assert "This request could not be read" in response.content.decode()
    assert member.user.get_full_name() in response.content.decode()


def test_an_unknown_host_is_answered_400_with_a_sentence(client):
    response = client.get("/account/login/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "<h1>" in response.content.decode()


def test_the_page_of_a_defect_needs_nothing_of_the_rest():
    page = get_template("500.html").render()
    assert "Le portail a rencontré un défaut" in page
    assert "The portal met a defect" in page
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert sorted(set(links)) == ["/", "/static/portal/plain.css"]
    assert "url(" not in (STATIC / "portal" / "plain.css").read_text()


@pytest.mark.parametrize("code", [400, 403, 404, 405, 429])
def test_each_of_these_pages_leads_on(code):
    assert re.search(r'<a class="btn btn-primary" href', get_template(f"{code}.html").render({}))


# What was typed is not lost

TYPED = {
    "name": "Pompe",
    "intended_purpose": "Deux lignes\net <b>plus</b> & encore ",
    "tokens": ["one", "two words", "\ntwo"],
    "empty": "",
    "password": "not to be shown",
    "password1": "not to be shown",
    "oldpassword": "not to be shown",
}
KEPT = {name: value for name, value in TYPED.items() if "password" not in name}


def kept(response):
    sent = form_of(response.content.decode())
    sent.pop("csrfmiddlewaretoken")
    return {name: values if len(values) > 1 else values[0] for name, values in sorted(sent.lists())}


def test_what_was_typed_comes_back_when_the_session_ended(client):
    url = reverse("devices:device-add", args=[DeviceFactory().organisation.slug])

    response = client.post(url, TYPED)

    assert response.status_code == 401
    assert kept(response) == {**KEPT, "tokens": ["two words", "one", "\ntwo"]}
    assert "not to be shown" not in response.content.decode()
    assert f'action="{url}"' in response.content.decode()


def test_names_of_files_that_were_sent_are_said(client, tmp_path):
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"%PDF-")
    with file.open("rb") as sent:
        response = client.post("/account/password/change/", {"file": sent})
    assert "scan.pdf" in response.content.decode()


def test_a_form_with_an_old_token_is_shown_again_and_can_be_sent():
    member = MembershipFactory(role=Role.MANAGER)
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user)
    url = reverse("devices:device-add", args=[member.organisation.slug])
    client.get(url)

    refused = client.post(url, {"name": "Pump", "csrfmiddlewaretoken": "old"})
    assert refused.status_code == 403
    again = client.post(url, form_of(refused.content.decode()))

    assert again.status_code == 422
    assert 'value="Pump"' in again.content.decode()


def test_signing_in_with_an_old_token_shows_no_password():
    UserFactory(email="claire@example.org")
    client = Client(enforce_csrf_checks=True)
    sent = {"login": "claire@example.org", "password": PASSWORD, "csrfmiddlewaretoken": "old"}
    response = client.post("/account/login/", sent)
    assert response.status_code == 403
    assert PASSWORD not in response.content.decode()


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(client):
    organisation = DeviceFactory().organisation
    page = f"/o/{organisation.slug}/devices/?q=pump"
    response = client.get(
        f"/o/{organisation.slug}/devices/",
        headers={"hx-request": "true", "hx-current-url": f"http://testserver{page}"},
    )
    assert response.headers["HX-Redirect"] == (
        f"/account/login/?next=/o/{organisation.slug}/devices/%3Fq%3Dpump"
    )


# Files of other people

VENDORED = tomllib.loads((STATIC / "vendor" / "VENDORED.toml").read_text())["package"]


def test_the_files_of_other_people_are_those_we_noted():
    noted = {
        f"{package['folder']}/{name}": digest
        for package in VENDORED
        for name, digest in package["files"].items()
    }
    found = {
        path.relative_to(STATIC / "vendor").as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "VENDORED.toml"
    }
    assert found == noted


@pytest.mark.parametrize("package", VENDORED, ids=lambda package: package["name"])
def test_each_of_them_has_version_licence_and_origin(package):
    assert package["folder"] == f"{package['name']}-{package['version']}"
    assert package["licence"] in {"MIT", "OFL-1.1"}
    assert re.fullmatch("[0-9a-f]{64}", package["tarball_sha256"])
    assert any(name.startswith("LICENSE") for name in package["files"])


def test_the_sprite_has_the_icons_in_use_and_no_others():
    sprite = (STATIC / "vendor" / "bootstrap-icons-1.13.1" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    used = {
        name
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }
    assert used - drawn == set()
    assert drawn - used == set()
