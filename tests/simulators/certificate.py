"""A certificate for this machine's own name, made at once and trusted by nobody but whoever is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Read by every Python process that finds its folder on PYTHONPATH: the certificate in place of the system's.
_TRUSTING = """import ssl

_paths = ssl.get_default_verify_paths()._replace(openssl_cafile={path!r}, openssl_capath="")
ssl.get_default_verify_paths = lambda: _paths
"""


def make_certificate(folder: Path) -> Path:
    """A file in the folder with a key and its certificate for `localhost`, good for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    alternative = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "localhost.pem"
    file.touch(mode=0o600)
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


def trusting(certificate: Path) -> dict[str, str]:
    """What a Python process's environment needs for it to trust the certificate, and no other."""
    folder = certificate.parent / "trusting"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_TRUSTING.format(path=str(certificate)), encoding="utf-8")
    return {"PYTHONPATH": str(folder)}
