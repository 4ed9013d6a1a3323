"""Over TLS a server is who its certificate says, or it is not spoken to."""

import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .material import ACTION, BLOBS, KEY, TOKEN, record


@pytest.fixture
def certificate(tmp_path):
    """A certificate for `localhost` that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file = tmp_path / "certificate.pem"
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + made.public_bytes(pem))
    return file


@pytest.fixture
def secure(serving, certificate):
    server = serving()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server.server_address[1]


def test_a_certificate_that_the_system_knows_is_taken(secure, client, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    remote = client(f"https://localhost:{secure}", token=TOKEN)
    remote.upload(ACTION, KEY, record(), BLOBS)
    assert remote.outputs(remote.record(ACTION, KEY))


def test_another_certificate_is_a_failure(secure, client):
    remote = client(f"https://localhost:{secure}")
    assert remote.record(ACTION, KEY) is None
    assert remote.counts.failed == 1


def test_another_name_is_a_failure(secure, client, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    remote = client(f"https://127.0.0.1:{secure}")
    assert remote.record(ACTION, KEY) is None
    assert remote.counts.failed == 1
