"""The whole model as one graph in a standard format, for other people's runtimes."""
