"""Starting Botyard on one machine: what is refused before anything runs, and what `doctor` finds."""
