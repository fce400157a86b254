"""Signing in, out, and passwords."""

import re
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from tests.factories import MembershipFactory, UserFactory
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "a quite different sentence"


@pytest.fixture(autouse=True)
def _attempts_are_not_counted_from_test_to_test():
    cache.clear()


@pytest.fixture
def user():
    return UserFactory(email="claire@example.org")


def sign_in(client, *, login="claire@example.org", password=PASSWORD, **more):
    url = reverse("account_login")
    return client.post(url, {"login": login, "password": password, **more})


def test_a_person_signs_in_with_address_and_password(client, user):
    response = sign_in(client)

    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_the_case_of_the_address_does_not_matter(client, user):
    assert sign_in(client, login="Claire@Example.org").status_code == 302


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("claire@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("", ""),
        ("not an address", PASSWORD),
        ("claire@example.org", "a\x00b"),
        ("x" * 100_000 + "@example.org", PASSWORD),
    ],
)
def test_a_wrong_sign_in_is_answered_422_with_a_sentence(client, user, login, password):
    response = sign_in(client, login=login, password=password)

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unknown_address_and_a_wrong_password_read_the_same(client, user):
    def alert(response):
        page = response.content.decode()
        return re.search(r'role="alert".*?</ul>', page, re.DOTALL).group()

    assert alert(sign_in(client, password="wrong")) == alert(
        sign_in(client, login="nobody@example.org")
    )


def test_too_many_wrong_passwords_are_answered_429_even_when_right_at_last(client, user):
    statuses = [sign_in(client, password=f"wrong {n}").status_code for n in range(6)]

    assert statuses[0] == 422
    assert statuses[-1] == 429
    assert sign_in(client).status_code == 429


def test_a_closed_account_does_not_sign_in(client):
    UserFactory(email="claire@example.org", is_active=False)

    response = sign_in(client)

    assert response.headers["Location"] == reverse("account_inactive")
    assert "_auth_user_id" not in client.session


def test_signing_in_leads_to_the_page_that_was_asked_for(client, user):
    response = sign_in(client, next="/account/password/change/")
    assert response.headers["Location"] == "/account/password/change/"


def test_signing_in_leads_to_no_other_site(client, user):
    assert sign_in(client, next="https://evil.example/").headers["Location"] == "/"


def test_the_admin_has_the_same_sign_in_so_that_its_limits_hold(client):
    response = client.get(reverse("admin:login"))
    assert response.status_code == 302
    assert response.headers["Location"].startswith(reverse("account_login"))


def test_signing_out_is_a_form_and_says_so(client, user):
    client.force_login(user)
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session

    response = client.post(reverse("account_logout"), follow=True)

    assert "_auth_user_id" not in client.session
    assert len(list(response.context["messages"])) == 1


def test_nobody_signs_up(client):
    url = reverse("account_signup")
    sent = {"email": "new@example.org", "password1": NEW, "password2": NEW}
    for response in (client.get(url), client.post(url, sent)):
        assert "account/signup_closed.html" in {t.name for t in response.templates}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 302),
        ({"oldpassword": "wrong"}, 422),
        ({"password2": "something else again"}, 422),
        ({"password1": "short", "password2": "short"}, 422),
        ({"password1": "claire@example.org", "password2": "claire@example.org"}, 422),
    ],
)
def test_the_password_changes_when_everything_is_right(client, user, changes, status):
    client.force_login(user)
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW, **changes}

    response = client.post(reverse("account_change_password"), sent)

    user.refresh_from_db()
    assert response.status_code == status
    assert user.check_password(NEW) == (status == 302)
    assert "_auth_user_id" in client.session


def reset_link():
    return re.search(r"http://testserver(/account/password/reset/key/\S+)", mail.outbox[0].body)[1]


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(client, user):
    client.post(reverse("account_reset_password"), {"email": user.email})
    assert [message.to for message in mail.outbox] == [[user.email]]
    link = reset_link()

    page = client.get(link, follow=True)
    url = page.redirect_chain[-1][0]
    assert client.post(url, {"password1": "short", "password2": "short"}).status_code == 422
    client.post(url, {"password1": NEW, "password2": NEW})

    user.refresh_from_db()
    assert user.check_password(NEW)
    again = client.get(link)
    assert again.status_code == 200
    assert again.context["token_fail"]


def test_an_address_without_account_gets_no_mail_and_the_same_answer(client, user):
    url = reverse("account_reset_password")
    known = client.post(url, {"email": user.email})
    mail.outbox.clear()

    unknown = client.post(url, {"email": "nobody@example.org"})

    assert mail.outbox == []
    assert (unknown.status_code, unknown.headers["Location"]) == (
        known.status_code,
        known.headers["Location"],
    )


def test_a_mail_server_that_refuses_does_not_tell_who_has_an_account(client, user, monkeypatch):
    def refuse(*args, **kwargs):
        raise SMTPRecipientsRefused({})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    response = client.post(reverse("account_reset_password"), {"email": user.email})
    assert response.headers["Location"] == reverse("account_reset_password_done")


def test_the_sensitive_pages_ask_for_the_password_again(client, user):
    client.force_login(user)
    url = reverse("account_reauthenticate")

    assert client.post(url, {"password": "wrong"}).status_code == 422
    assert client.post(url, {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    "name", ["account_change_password", "account_reauthenticate", "account_login"]
)
def test_passwords_are_never_sent_back_to_the_page(client, user, name):
    if name != "account_login":
        client.force_login(user)
    sent = dict.fromkeys(
        ["login", "password", "oldpassword", "password1", "password2"], "s3cret-as-typed"
    )

    response = client.post(reverse(name), sent)

    fields = re.findall(r'<input[^>]*type="password"[^>]*>', response.content.decode())
    assert response.status_code == 422
    assert fields
    assert [field for field in fields if "s3cret" in field] == []


def test_a_member_lands_in_their_organisation(client):
    member = MembershipFactory(user__email="claire@example.org")
    response = sign_in(client)
    home = client.get(response.headers["Location"])
    assert home.headers["Location"] == f"/o/{member.organisation.slug}/"
