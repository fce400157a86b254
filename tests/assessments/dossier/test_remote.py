"""Seals by a remote signing service, with the dummy of certomancer and with liars."""

import asyncio
import datetime as dt
import threading
import warnings
from dataclasses import replace

import pytest
from aiohttp import web
from certomancer.registry import CertomancerConfig
from cryptography import x509
from csc_dummy.csc_dummy_server import CSCWithCertomancer, DummyServiceParams

from assessments.dossier.identity import KeyProblem, KeyUnavailable
from assessments.dossier.remote import Service, read_service
from assessments.dossier.render import render
from assessments.dossier.report import Verdict
from assessments.dossier.trust import Trust
from assessments.dossier.verify import verify
from assessments.services import keystores
from assessments.services.sealing import CannotSeal, identity_for
from tests.assessments.dossier.conftest import naming
from tests.sealing import seal_for

NOW = dt.datetime.now(dt.UTC)
KEYS = ("root", "seal")


class Server:
    """The service. ``mood`` is how it behaves; ``authorized`` keeps what was asked."""

    def __init__(self, config):
        self.mood, self.asked = "well", []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", web.NotAppKeyWarning)
            self.dummy = CSCWithCertomancer(
                config, service_params=DummyServiceParams(hash_pinning_required=True)
            )
        self.dummy.register_routes()
        self.dummy.app.middlewares.append(self._middleware())
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def _middleware(server):  # noqa: N805 -- the middleware is a function
        @web.middleware
        async def behave(request, handler):
            step = request.path.rpartition("/")[2]
            server.asked.append((step, request.headers.get("Authorization"), await request.text()))
            if server.mood == f"{step} hangs":
                await asyncio.sleep(5)
            if server.mood == f"{step} refuses":
                raise web.HTTPForbidden(reason="Not today")
            if server.mood == f"{step} is a page":
                return web.Response(text="<p>Sign in</p>", content_type="text/html")
            if server.mood == f"{step} is rubbish":
                return web.json_response({"signatures": ["AAAA"], "SAD": 1, "cert": {}})
            return await handler(request)

        return behave

    def __enter__(self):
        self.thread.start()
        self.runner = web.AppRunner(self.dummy.app)
        self._run(self.runner.setup())
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        self._run(site.start())
        port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        self._run(self.runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("csc")
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    for name in KEYS:
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    validity = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2060-01-01T00:00:00+0000"}
    config = {
        "keysets": {"keys": {"keys": {name: {"path": f"{name}.pem"} for name in KEYS}}},
        "pki-architectures": {
            "maker": {
                "keyset": "keys",
                "entities": {
                    "root": {"common-name": "Service root", "country-name": "FR"},
                    "seal": {"common-name": "Acme remote", "country-name": "FR"},
                },
                "certs": {
                    "root": {
                        "subject": "root",
                        "issuer": "root",
                        "validity": validity,
                        "profiles": [{"id": "simple-ca"}],
                    },
                    "seal": {
                        "subject": "seal",
                        "issuer": "root",
                        "validity": validity,
                        "extensions": [
                            {
                                "id": "key_usage",
                                "critical": True,
                                "smart-value": {
                                    "schema": "key-usage",
                                    "params": ["digital_signature", "non_repudiation"],
                                },
                            }
                        ],
                    },
                },
            }
        },
    }
    with Server(CertomancerConfig(config, key_search_dir=str(folder))) as running:
        yield running


@pytest.fixture
def service(server):
    server.asked.clear()
    yield Service(server.url, "maker/seal", token="secret", pin="4711", timeout=1.0)
    server.mood = "well"


@pytest.fixture
def configured(settings, tmp_path, service):
    settings.DATA_DIR = tmp_path
    settings.SEAL_CSC_URL, settings.SEAL_CSC_CREDENTIAL = service.url, service.credential
    settings.SEAL_CSC_TIMEOUT = 1.0
    return settings


@pytest.fixture(scope="module")
def unsealed(server):
    """Return a record that names the remote seal, and its PDF."""
    from tests.assessments.dossier import samples

    identity = read_service(Service(server.url, "maker/seal"))
    snapshot = naming(samples.snapshot(), identity)
    return snapshot, render(snapshot).content


def test_a_service_seals(configured, unsealed, server):
    identity = identity_for(NOW)
    content = seal_for(unsealed[1], identity, unsealed[0], None, now=NOW)

    assert (identity.subject, len(identity.chain)) == ("Acme remote, FR", 1)
    report = verify(content, trust=Trust(keystores.known_certificates()))
    assert report.verdict is Verdict.INTACT, report.sentence
    assert isinstance(keystores.known_certificates()[0], x509.Certificate)


def test_it_is_asked_for_one_digest_with_pin_and_token(service, server):
    from assessments.dossier.sign import try_out

    try_out(read_service(service), None)
    authorize = next(each for each in server.asked if each[0] == "authorize")
    assert authorize[1] == "Bearer secret"
    assert '"PIN": "4711"' in authorize[2]
    assert '"numSignatures": 1' in authorize[2]
    assert "secret" not in repr(service)
    assert "4711" not in repr(service)


@pytest.mark.parametrize(
    ("mood", "problem"),
    [
        ("info hangs", KeyProblem.SILENT),
        ("info refuses", KeyProblem.REFUSED),
        ("info is a page", KeyProblem.RUBBISH),
        ("info is rubbish", KeyProblem.RUBBISH),
    ],
)
def test_a_service_that_fails_is_nobody(service, server, mood, problem):
    server.mood = mood
    with pytest.raises(KeyUnavailable) as failure:
        read_service(service)
    assert failure.value.problem is problem


def test_a_service_that_is_not_there_is_said(service):
    with pytest.raises(KeyUnavailable) as failure:
        read_service(replace(service, url="http://127.0.0.1:9"))
    assert failure.value.problem is KeyProblem.SILENT


@pytest.mark.parametrize(
    ("mood", "sentence"),
    [
        ("authorize hangs", "does not answer"),
        ("authorize refuses", "refused, or answered with an error"),
        ("authorize is a page", "is no signature"),
        ("signHash hangs", "does not answer"),
        ("signHash refuses", "Not today"),
        ("signHash is a page", "is no signature"),
        ("signHash is rubbish", None),
    ],
)
def test_a_service_that_fails_seals_nothing(configured, unsealed, server, mood, sentence):
    identity = identity_for(NOW)
    server.mood = mood
    if sentence is None:  # a signature of nothing: the portal's own check finds it
        content = seal_for(unsealed[1], identity, unsealed[0], None, now=NOW)
        report = verify(content, trust=Trust([identity.certificate]))
        assert report.verdict is Verdict.ALTERED
        return
    with pytest.raises(CannotSeal, match=sentence):
        seal_for(unsealed[1], identity, unsealed[0], None, now=NOW)
