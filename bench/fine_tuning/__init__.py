"""Joint training above several cuts, on stored and on computed activations."""
