"""Who is who on the cluster: an authority, certificates of servers, and a kubeconfig for each client.

Clients show tokens, as they do where they run in pods: the API server verifies a certificate anew with
each request, a twentieth of its work here, and knows a token.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.cluster.enclosure import ADDRESS

SERVER = f"https://{ADDRESS}:6443"
# The first address of the services' range is the API server's own.
_SERVING = {
    "apiserver": (
        "127.0.0.1",
        ADDRESS,
        "10.96.0.1",
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ),
    "kubelet-serving": ("127.0.0.1", ADDRESS, "node"),
}
# Name → the user, and the group if any; the names are those that Kubernetes' own roles are bound to.
_CLIENTS = {
    "admin": ("admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kubelet": ("system:node:node", "system:nodes"),
    "kube-proxy": ("system:kube-proxy", ""),
}
# What the API server shows to the kubelet.
_TO_KUBELET = "apiserver-kubelet-client"


class Identities:
    """The files of a folder.

    `<server>.crt`, `<server>.key`, `<client>.kubeconfig`, `tokens.csv`, `ca.crt`, `accounts.key`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("botyard-test")
        self._write("ca", self._key, self._authority())
        for name, hosts in _SERVING.items():
            self._issue(name, _name(name), hosts)
        self._issue(_TO_KUBELET, _name(_TO_KUBELET, "system:masters"))
        tokens = {name: secrets.token_urlsafe(32) for name in _CLIENTS}
        for name, token in tokens.items():
            self._kubeconfig(name, token)
        # Of each its token, user, id and groups.
        # https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
        rows = (f"{tokens[name]},{user},{name},{group}\n" for name, (user, group) in _CLIENTS.items())
        self.path("tokens.csv").write_text("".join(rows))
        # Signs the tokens of service accounts.
        accounts = ec.generate_private_key(ec.SECP256R1())
        self.path("accounts.key").write_bytes(_private(accounts))
        self.path("accounts.pub").write_bytes(_public(accounts))

    def path(self, name: str) -> Path:
        return self.folder / name

    def _authority(self) -> x509.Certificate:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())

    def _issue(self, name: str, subject: x509.Name, hosts: tuple[str, ...] = ()) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(subject, key.public_key())
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(uses, critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_host(each) for each in hosts])
            builder = builder.add_extension(names, critical=False)
        self._write(name, key, builder.sign(self._key, hashes.SHA256()))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=2))
        )

    def _write(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.path(f"{name}.key").write_bytes(_private(key))
        self.path(f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def _kubeconfig(self, name: str, token: str) -> None:
        # On one machine nothing is gained by compressing what is said.
        cluster = {"server": SERVER, "certificate-authority": "ca.crt", "disable-compression": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
            "current-context": "test",
        }
        # JSON is YAML, and the paths are relative to the file.
        self.path(f"{name}.kubeconfig").write_text(json.dumps(config))


def _name(user: str, group: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    if group:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _public(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
