"""The embedded brain: the real llama.cpp and the real SmolLM2."""
