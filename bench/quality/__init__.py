"""How good heads are: from few pictures, and of unequal classes."""
