"""Decoding and resizing pictures."""
