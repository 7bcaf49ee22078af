"""Pictures made by code, and a small backbone that was pretrained on others: to try hydranet without any data."""

from hydranet.drawings._bundled import BACKBONE, weights_path
from hydranet.drawings._collections import COLLECTIONS, draw, version

__all__ = ["BACKBONE", "COLLECTIONS", "draw", "version", "weights_path"]
