"""The installation: parts, probes, metrics."""
