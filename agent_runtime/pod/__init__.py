"""One bot in a pod: dispatcher, worker, listener and entrance in one process, `python -m agent_runtime.pod`.

pod         from start to end; bot, its specification and secrets as the chart mounts them
entrance    what is reached over HTTP; workers, worker and dispatcher in one process; log, whose line it is
in_hand     what a process died of, for the next
"""
