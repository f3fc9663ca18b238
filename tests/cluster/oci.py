"""An image of one static program, as a tar file in the OCI layout that containerd imports.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

_PREFIX = "application/vnd.oci.image"
_USER = "10001:10001"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def write_image(target: Path, reference: str, program: Path) -> None:
    """Write the image `reference`, which runs `program` as a user without rights, to the file `target`."""
    layer = _tar({program.name: program.read_bytes()}, mode=0o755)
    config = {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "config": {"Entrypoint": [f"/{program.name}"], "User": _USER},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    blobs: dict[str, bytes] = {}
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{_PREFIX}.manifest.v1+json",
        "config": _kept(blobs, json.dumps(config).encode(), "config.v1+json"),
        "layers": [_kept(blobs, layer, "layer.v1.tar")],
    }
    entry = _kept(blobs, json.dumps(manifest).encode(), "manifest.v1+json")
    # By this annotation containerd knows what to call it.
    entry["annotations"] = {"io.containerd.image.name": reference}
    index = {"schemaVersion": 2, "manifests": [entry]}
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode()}
    files |= {f"blobs/sha256/{digest.removeprefix('sha256:')}": data for digest, data in blobs.items()}
    target.write_bytes(_tar(files, mode=0o644))


def _kept(blobs: dict[str, bytes], data: bytes, kind: str) -> dict[str, Any]:
    blobs[_digest(data)] = data
    return {"mediaType": f"{_PREFIX}.{kind}", "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _tar(files: dict[str, bytes], mode: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()
