"""Benchmarks: `hydranet bench`, or `pytest bench` in the checkout; see README.md."""
