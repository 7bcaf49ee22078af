"""Benchmarks: `pytest bench`; see README.md."""
