"""The one real node: containerd, the kubelet, kube-proxy, and CoreDNS at the node's address."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from lightkube import ApiError, Client
from lightkube.resources.core_v1 import Node

from tests.cluster.enclosure import ADDRESS
from tests.cluster.identities import Identities
from tests.cluster.oci import write_image
from tests.cluster.parts import Parts
from tests.cluster.programs import program

NAME = "node"
_PODS = "10.244.0.0/16"
_PAUSE = "localhost/pause:1"


class Containers:
    """containerd, and what is put into it."""

    def __init__(self, parts: Parts, folder: Path) -> None:
        self._parts = parts
        self._folder = folder
        # A socket's path may be 107 characters long; /run is ours.
        self.socket = "/run/containerd.sock"

    def start(self) -> None:
        networks = self._folder / "networks"
        networks.mkdir()
        (networks / "10-pods.conflist").write_text(json.dumps(_network()))
        configuration = self._folder / "containerd.toml"
        configuration.write_text(_CONTAINERD.format(folder=self._folder, socket=self.socket, pause=_PAUSE))
        self._parts.start("containerd", ["containerd", "--config", str(configuration)])
        self._parts.ready("containerd", lambda: self._ctr("version").returncode == 0)
        self.add_program(_PAUSE, program("pause"))

    def add_program(self, reference: str, path: Path) -> None:
        """Make an image of one static program known under a name."""
        with tempfile.NamedTemporaryFile(suffix=".tar", dir=self._folder) as image:
            write_image(Path(image.name), reference, path)
            self.add_image(Path(image.name))

    def add_image(self, archive: Path) -> None:
        """Import an image from a tar file, under the names that it gives itself."""
        done = self._ctr("images", "import", str(archive))
        assert done.returncode == 0, done.stderr

    def _ctr(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["ctr", "--address", self.socket, "--namespace", "k8s.io", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def start_node(parts: Parts, identities: Identities, folder: Path) -> None:
    """Start the kubelet, kube-proxy and CoreDNS; containerd runs."""
    kubernetes = str(program("kubernetes"))
    kubelet = _written(folder / "kubelet.json", _kubelet(identities, folder))
    options = [
        f"--config={kubelet}",
        f"--kubeconfig={identities.path('kubelet.kubeconfig')}",
        f"--hostname-override={NAME}",
        f"--node-ip={ADDRESS}",
        f"--root-dir={folder / 'kubelet'}",
        f"--cert-dir={folder / 'kubelet' / 'pki'}",
    ]
    parts.start("kubelet", [kubernetes, "kubelet", *options])
    proxy = _written(folder / "kube-proxy.json", _proxy(identities))
    parts.start("kube-proxy", [kubernetes, "kube-proxy", f"--config={proxy}"])
    names = folder / "Corefile"
    names.write_text(_COREFILE.format(address=ADDRESS, kubeconfig=identities.path("admin.kubeconfig")))
    parts.start("coredns", [str(program("coredns")), "-conf", str(names)])


def await_node(parts: Parts, client: Client) -> None:
    """Return when the node takes pods."""
    parts.ready("kubelet", lambda: _is_ready(client))


def _is_ready(client: Client) -> bool:
    try:
        status = client.get(Node, NAME).status
    except ApiError:
        return False
    conditions = (status and status.conditions) or []
    return any(each.type == "Ready" and each.status == "True" for each in conditions)


def _written(path: Path, configuration: dict[str, Any]) -> Path:
    path.write_text(json.dumps(configuration))
    return path


def _network() -> dict[str, Any]:
    ranges = [[{"subnet": "10.244.0.0/23"}]]
    addresses = {
        "type": "host-local",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": "/run/cni",
    }
    bridge = {
        "type": "bridge",
        "bridge": "pods0",
        "isGateway": True,
        "ipMasq": False,
        "hairpinMode": True,
        "ipam": addresses,
    }
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [bridge]}


def _kubelet(identities: Identities, folder: Path) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(identities.path("ca.crt"))},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(identities.path("kubelet-serving.crt")),
        "tlsPrivateKeyFile": str(identities.path("kubelet-serving.key")),
        # Older control groups and swap are all the same to a test; so is who dies first when memory ends.
        "failCgroupV1": False,
        "failSwapOn": False,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{folder.name}",
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        "clusterDomain": "cluster.local",
        "clusterDNS": [ADDRESS],
        "resolvConf": "",
        "maxPods": 400,
        "containerRuntimeEndpoint": "unix:///run/containerd.sock",
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "healthzBindAddress": "127.0.0.1",
        "volumePluginDir": str(folder / "volume-plugins"),
        "podLogsDir": str(folder / "pod-logs"),
        "serializeImagePulls": False,
        "registerWithTaints": [],
    }


def _proxy(identities: Identities) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(identities.path("kube-proxy.kubeconfig"))},
        "mode": "nftables",
        "clusterCIDR": _PODS,
        "hostnameOverride": NAME,
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        "conntrack": {"maxPerCore": 0},
    }


_CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
oom_score = 0
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/networks"
"""

_COREFILE = """\
cluster.local:53 {{
    bind {address}
    errors
    kubernetes cluster.local {{
        kubeconfig {kubeconfig}
    }}
    cache 1
}}
"""
