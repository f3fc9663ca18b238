"""The runtime: takes messages in, takes turns, sends replies."""
