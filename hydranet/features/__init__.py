"""The frozen trunk's features for every (picture, view): computed once, stored, read back."""

from hydranet.features._chunk_writer import check_features
from hydranet.features._extraction import Extraction
from hydranet.features._missing import Request, view_keys
from hydranet.features._prepare import (
    Splits,
    extract_features,
    extract_missing,
    feature_space,
    find_split,
    load_splits,
    readable,
    resolve_tasks,
    training_views,
)
from hydranet.features._space import Features, FeatureSpace
from hydranet.features._store import FeatureStore

__all__ = [
    "Extraction",
    "FeatureSpace",
    "FeatureStore",
    "Features",
    "Request",
    "Splits",
    "check_features",
    "extract_features",
    "extract_missing",
    "feature_space",
    "find_split",
    "load_splits",
    "readable",
    "resolve_tasks",
    "training_views",
    "view_keys",
]
