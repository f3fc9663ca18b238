"""Botyard on one machine: its parts, their start, and what `botyard doctor` looks at."""
