"""The model's own process: llama.cpp's server on a Unix socket, until SIGTERM or its parent's death."""

from __future__ import annotations

import os
import signal
import sys

import xllamacpp

from agent_runtime.brains.embedded.weights import MODEL_NAME, weights
from agent_runtime.supervisor import ready

CONTEXT_TOKENS = 4096
_AT_ONCE = 2


def serve(socket_path: str) -> None:
    """Load the weights, serve, and say so; returns after SIGTERM."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    server = xllamacpp.Server(_parameters(socket_path))
    os.chmod(socket_path, 0o600)
    ready()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server
    # llama.cpp has nothing to put away, and ending here spares the unloading of its libraries.
    os._exit(0)


def _parameters(socket_path: str) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.model_alias = {MODEL_NAME}
    parameters.hostnames = [socket_path]  # a name that ends in .sock is a Unix socket to llama.cpp
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = _AT_ONCE
    parameters.kv_unified = True  # each conversation may use the whole context, not its half
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = _threads()
        threads.poll = 0
    parameters.n_gpu_layers = 0
    parameters.n_ctx_checkpoints = 0
    parameters.cache_ram_mib = 0
    parameters.warmup = False
    parameters.endpoint_slots = False
    parameters.ui = False
    parameters.verbosity = 1
    return parameters


def _threads() -> int:
    """Half the cores: threads wait for each other at every layer, so one that shares its core holds up all.

    Tried on two cores with two busy neighbours: two threads fell to 1 to 40 tokens/s, one stayed at 26.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // 2)


if __name__ == "__main__":
    serve(sys.argv[1])
