"""The engine of a cluster: what Flux and Kubernetes say of the bots, in the words of steps and phases."""
