"""The engine of one machine: makes the hive run what the deploy branches say (`python -m gitops.local`)."""
