"""The runtimes of one machine: `python -m agent_runtime.hive` keeps the parts below running.

keeper      opens sealed secrets and remembers them, in memory only
launcher    forks workers from a process that has everything imported
dispatcher, receiver, listeners: the folders beside this one
"""
