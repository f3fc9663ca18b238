"""Real Kubernetes, containerd and Flux on this machine, and the tests that use them: see README.md."""
