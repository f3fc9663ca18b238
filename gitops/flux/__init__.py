"""What Flux applies first on a cluster: sources, the chart, and the rules for deploy branches."""

from __future__ import annotations

from gitops.flux.platform import is_kubernetes, keep_platform, render_platform

__all__ = ["is_kubernetes", "keep_platform", "render_platform"]
