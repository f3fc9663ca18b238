"""Tests of the fleet repository, each on real bare repositories with the real git and sops."""
