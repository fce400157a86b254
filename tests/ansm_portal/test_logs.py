import logging

import pytest

from ansm_portal.logs import WithoutSecrets

SECRET = "s3cret_" * 6


@pytest.mark.parametrize(
    "address", ["/shared/open/acme/{}/", "/calendar/acme/{}.ics", "/account/password/reset/key/{}/"]
)
def test_the_secret_of_an_address_is_not_logged(address):
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "Not Found: %s", (address.format(SECRET),), None
    )
    assert WithoutSecrets().filter(record)
    assert SECRET not in record.getMessage()
    assert record.getMessage().startswith("Not Found: /")


def test_other_addresses_are_logged_as_they_are():
    record = logging.LogRecord("x", logging.INFO, "", 1, "%s", ("/o/acme/dossiers/",), None)
    assert WithoutSecrets().filter(record)
    assert (record.msg, record.args) == ("%s", ("/o/acme/dossiers/",))
