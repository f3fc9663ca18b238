"""Benchmarks: each measures a running Botyard from outside, with simulators in place of the world."""
