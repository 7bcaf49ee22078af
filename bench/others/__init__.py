"""The same tasks with what one would use instead: Keras and PyTorch."""
