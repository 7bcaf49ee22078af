"""Settings as frozen dataclasses: families told apart by their `kind`, and validation that names every error."""

from hydranet.settings._validate import validate
from hydranet.settings._variants import Variant

__all__ = ["Variant", "validate"]
