"""A log that can't be written holds up nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.faults.disk import SmallDisk

_WRITES = """
import structlog
from agent_runtime.log import set_up_log
set_up_log()
structlog.get_logger().error("lost", filler="x" * 10000)
print("went on")
input()
structlog.get_logger().error("kept")
"""


def test_lines_are_lost_while_the_disk_is_full_and_the_work_goes_on(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", mebibytes=1) as disk:
        path = disk.folder / "part.log"
        with (
            path.open("ab") as log,
            subprocess.Popen(
                [sys.executable, "-c", _WRITES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            ) as process,
        ):
            disk.fill()
            assert process.stdout is not None
            assert process.stdout.readline() == b"went on\n"
            disk.empty()
            process.communicate(b"\n", timeout=20)
        assert process.returncode == 0
        assert '"event": "kept"' in path.read_text()
