"""The embedded brain: a small model on this machine, for trying things without a key. Always labelled a demo.

`python -m agent_runtime.brains.embedded` listens on `brain.sock` and speaks OpenAI's chat completions. The
model itself, llama.cpp's server with SmolLM2, is a process of its own: started by the first question, ended
when idle.
"""
