"""The guide's own commands, run by a shell with the programs that it names, its examples made real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

from tests.charts import helm
from tests.cluster.cluster import Cluster
from tests.journeys.installation import ROOT

# `age` is not on every machine; the library that seals makes the same keys.
_AGE_KEYGEN = """\
#!{python}
import sys
from pathlib import Path
import pyrage
if sys.argv[1] == "-y":
    _, key = Path(sys.argv[2]).read_text().splitlines()
    print(pyrage.x25519.Identity.from_str(key).to_public())
else:
    made = pyrage.x25519.Identity.generate()
    Path(sys.argv[2]).write_text(f"# public key: {{made.to_public()}}\\n{{made}}\\n")
"""


class Guide:
    """The shell blocks of a page under `docs/guides`, in their order."""

    def __init__(self, page: str, cluster: Cluster, folder: Path, examples: Mapping[str, str]) -> None:
        text = (ROOT / "docs" / "guides" / page).read_text(encoding="utf-8")
        found = re.findall(r"^( *)```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
        blocks = [textwrap.dedent(block) for _, block in found]
        for example, real in examples.items():
            assert any(example in block for block in blocks), f"{page} does not say {example!r}"
            blocks = [block.replace(example, real) for block in blocks]
        self.blocks = blocks
        self.folder = folder
        self._environment = _environment(cluster, folder)

    def run(self, block: int, **more: str) -> str:
        """What the block prints; fails with what went wrong."""
        return self.shell(self.blocks[block], **more)

    def shell(self, commands: str, **more: str) -> str:
        """The same for commands that stand in the page's text."""
        environment = {**self._environment, **more}
        done = subprocess.run(
            ["bash", "-c", f"set -eu\n{commands}"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        return done.stdout


def _environment(cluster: Cluster, folder: Path) -> dict[str, str]:
    """A checkout as the guide takes it for granted: charts here, and programs on the path."""
    programs = folder / "programs"
    if programs.exists():
        return _variables(cluster, folder)
    programs.mkdir()
    for name in ("helm", "kubectl"):
        (programs / name).symlink_to(helm.carried(name))
    (programs / "botyard").symlink_to(Path(sys.executable).with_name("botyard"))
    keygen = programs / "age-keygen"
    keygen.write_text(_AGE_KEYGEN.format(python=sys.executable))
    keygen.chmod(0o755)
    (folder / "charts").symlink_to(ROOT / "charts")
    return _variables(cluster, folder)


def _variables(cluster: Cluster, folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder / 'programs'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "KUBECONFIG": str(cluster.kubeconfig),
    }
