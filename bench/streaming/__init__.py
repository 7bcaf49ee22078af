"""A stream of time steps: keeping the features of earlier ones against computing each window anew."""
