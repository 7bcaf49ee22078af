"""Several replicas on one machine, and several workers."""
