"""Heads for another camera, of whose pictures no label is known."""
