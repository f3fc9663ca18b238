"""The durability driver: random traffic and operations while processes are killed, and a model that judges.

`python -m tests.durability --seeds N` plays; README.md says how to read what it prints.
"""
