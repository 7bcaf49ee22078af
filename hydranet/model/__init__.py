"""The network: backbone, cuts, heads and the HydraNet that joins them."""
