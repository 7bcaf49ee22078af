"""The frozen trunk's features for every (picture, view): computed once, stored, read back."""

from hydranet.features._extract import Extraction, Request, check_features
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
from hydranet.features._store import Features, FeatureSpace, FeatureStore, view_keys

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
