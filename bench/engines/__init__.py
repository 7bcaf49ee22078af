"""The bare backbone on every engine, in every precision."""
