"""Chart and local engine write the same bot.yaml, byte for byte: the real Helm beside `runtime_file`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.spec import BotId, Template, read_spec, runtime_file, templates, without_empty
from gitops.release import read_release, render
from tests.agent_runtime.spec.specifications import FULL, NASTY, SMALLEST, specifications
from tests.charts import helm

DIGEST = "sha256:" + "0" * 64
READ_RELEASES = """\
{{- range .Values.files -}}
{{- $result = append $result (printf "%s\\n" (toRawJson (fromYaml .).spec.values.bot)) -}}
{{- end -}}"""


def test_nasty_text_in_a_full_specification() -> None:
    data = {
        **FULL,
        "instructions": "\n".join(NASTY),
        "environment": {f"A{number}": text for number, text in enumerate(NASTY)},
    }
    written = helm.config_file({"bot": data, "secrets": {"TELEGRAM_TOKEN": DIGEST}})
    assert written == runtime_file(data)
    spec, read = read_spec(written)
    assert read == data
    assert spec.instructions == "\n".join(NASTY)


@pytest.mark.parametrize("template", templates(), ids=lambda each: each.id)
def test_every_template(template: Template) -> None:
    assert helm.config_file({"bot": template.spec}) == runtime_file(template.spec)


@settings(max_examples=8, deadline=None)
@given(specifications)
def test_random_specifications(data: dict[str, Any]) -> None:
    assert helm.config_file({"bot": data, "secrets": {}}) == runtime_file(data)


def test_release_files_as_flux_reads_them(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Go reads the release files that the renderer writes, many in one call, as the local engine does."""

    @settings(max_examples=3, deadline=None)
    @given(st.lists(specifications, min_size=20, max_size=30))
    def check(data: list[dict[str, Any]]) -> None:
        files = [render(BotId("alice", each["name"]), each, {"A": DIGEST}, "1.0.0") for each in data]
        values = {"files": [file.decode("utf-8") for file in files]}
        found = helm.evaluate(READ_RELEASES, values, tmp_path_factory.mktemp("probe"))
        deployed = [runtime_file(without_empty(each)) for each in data]
        assert [each.encode("utf-8") for each in found] == deployed
        assert [runtime_file(read_release(file).bot) for file in files] == deployed

    check()


def test_the_longest_specification_stays_readable() -> None:
    """However a writer has to escape or indent it, the release file is below what the strict reader takes."""
    for text in ("a\n" * 20_000, '"\n' * 15_000, "\u2028" * 10_000, "\U0010ffff" * 15_000, "\\" * 30_000):
        data = {**SMALLEST, "instructions": f"x{text}"}
        release = read_release(render(BotId("alice", "support"), data, {}, "1.0.0"))
        assert release.bot == data
        assert read_spec(runtime_file(data))[1] == data
