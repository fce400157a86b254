"""An authority for tests, over HTTP: time stamps, and a list of revoked certificates."""

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

YEARS = dt.timedelta(days=3650)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Issuer:
    """A root that issues certificates and says which it revoked."""

    title: str
    now: dt.datetime
    revoked: list = field(default_factory=list)

    def __post_init__(self):
        self.key = rsa.generate_private_key(65537, 2048)
        self.certificate = self._build(self.title, self.key, [
            (x509.BasicConstraints(ca=True, path_length=None), True),
            (usage(key_cert_sign=True, crl_sign=True), True),
        ])  # fmt: skip

    def issue(self, title, *, stamps=False, list_at=None, bits=2048):
        """Return a key and its certificate."""
        key = rsa.generate_private_key(65537, bits)
        extensions = [
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (usage(digital_signature=True, content_commitment=True), True),
        ]
        if stamps:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            extensions.append((purpose, True))
        if list_at:
            place = x509.UniformResourceIdentifier(list_at)
            point = x509.DistributionPoint([place], None, None, None)
            extensions.append((x509.CRLDistributionPoints([point]), False))
        return key, self._build(title, key, extensions)

    def _build(self, title, key, extensions):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(title))
            .issuer_name(name(self.title))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - dt.timedelta(days=1))
            .not_valid_after(self.now + YEARS)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for extension, is_critical in extensions:
            builder = builder.add_extension(extension, critical=is_critical)
        return builder.sign(self.key, hashes.SHA256())

    def revocations(self):
        """Return the list of what is revoked (DER)."""
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name(self.title))
            .last_update(now - dt.timedelta(minutes=1))
            .next_update(now + dt.timedelta(days=7))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for certificate in self.revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(now - dt.timedelta(hours=1))
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def usage(**wanted):
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{each: wanted.get(each, False) for each in names})


class Authority:
    """The server. ``mood`` is how it behaves; ``asked`` counts what it was asked."""

    def __init__(self, now=None):
        now = now or dt.datetime.now(dt.UTC)
        self.mood, self.asked, self.shift = "well", 0, dt.timedelta()
        self.pause = 3.0  # seconds, when it hangs
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.root, self.stranger = Issuer("Time authority", now), Issuer("Stranger", now)
        list_at = f"{self.url}/crl"
        self.pairs = {
            "well": self.root.issue("Clock", stamps=True, list_at=list_at),
            "stranger": self.stranger.issue("Clock", stamps=True),
            "no clock": self.root.issue("Other purpose"),
        }
        self._list_at = list_at
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def move_on(self):
        """Go on with a longer key, which can be relied on for longer."""
        later = self.root.issue("Later clock", stamps=True, list_at=self._list_at, bits=3072)
        self.pairs["well"] = later

    def stamp(self, request):
        key, certificate = self.pairs.get(self.mood, self.pairs["well"])
        stamper = DummyTimeStamper(
            asn1.Certificate.load(certificate.public_bytes(Encoding.DER)),
            keys.PrivateKeyInfo.load(
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
            fixed_dt=dt.datetime.now(dt.UTC).replace(microsecond=0) + self.shift,
        )
        return stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()

    def answer(self, request):
        """Return status, media type and content."""
        reply = "application/timestamp-reply"
        status = tsp.PKIStatusInfo({"status": 2, "status_string": ["No more this month"]}).dump()
        fixed = {
            "broken": (500, reply, b""),
            "page": (200, "text/html", b"<p>Sign in</p>"),
            "rubbish": (200, reply, b"\x30\x03\x02\x01\x00rubbish"),
            "noise": (200, reply, bytes(range(256))),
            "refuses": (200, reply, bytes([0x30, len(status)]) + status),
        }
        if self.mood in fixed:
            return fixed[self.mood]
        if self.mood == "hangs":
            time.sleep(self.pause)
        if self.mood == "other":  # the stamp of something else, with the nonce asked for
            asked = tsp.TimeStampReq.load(request)
            asked["message_imprint"]["hashed_message"] = bytes(32)
            request = asked.dump(force=True)
        return 200, reply, self.stamp(request)

    def _handler(authority):  # noqa: N805 -- the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._send(200, "application/pkix-crl", authority.root.revocations())

            def do_POST(self):
                authority.asked += 1
                request = self.rfile.read(int(self.headers["Content-Length"]))
                self._send(*authority.answer(request))

            def _send(self, status, media_type, content):
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler


def main():
    """Run a command beside an authority it is told of: ``python -m tests.authority PEM COMMAND…``.

    The certificates that vouch for the authority are written to the file ``PEM``.
    """
    trust, *command = sys.argv[1:]
    with Authority() as running:
        Path(trust).write_bytes(running.root.certificate.public_bytes(Encoding.PEM))
        told = {"SEAL_TSA_URL": running.url, "SEAL_TSA_TRUST": trust}
        sys.exit(subprocess.run(command, env=os.environ | told, check=False).returncode)


if __name__ == "__main__":
    main()
