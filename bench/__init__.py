"""The benchmarks: each figure side by side with what it names. `make bench`, or `python -m bench NAME…`."""
