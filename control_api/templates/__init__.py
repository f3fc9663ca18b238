"""Templates: ready specifications."""
