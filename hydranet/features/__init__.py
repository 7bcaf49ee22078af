"""The frozen trunk's features for every (picture, view): computed once, stored, read back.

A `FeatureStore` is a folder with one `FeatureSpace` for each named feature of each network; `extract_missing` fills
those that lack something in one pass. Pictures are stored one by one: only `FeatureSpace.features` knows which of them
make an example, and gives `Features` in the shape of the examples, which are read when they are needed. A feature that
is made of others, side by side, is read from where those are: its `Space` is none of the store's own.

Example:
    >>> import tempfile
    >>> import numpy as np
    >>> from hydranet.features import FeatureStore
    >>> space = FeatureStore(tempfile.mkdtemp()).space("fingerprint of the network", shape=(3,))
    >>> keys = np.arange(8, dtype=np.uint64).reshape(4, 2)
    >>> space.append(keys, np.ones((4, 3), np.float32))
    >>> space.features(keys[[2, 0]]).read().shape
    (2, 3)
    >>> space.features(keys.reshape(2, 2, 2)).read().shape  # two examples of two pictures
    (2, 2, 3)
"""

from hydranet.features._chunk_writer import check_features
from hydranet.features._extraction import Extraction
from hydranet.features._joined import Space
from hydranet.features._kept import kept
from hydranet.features._missing import Request, view_keys
from hydranet.features._networks import KEPT_PRECISION, NetworkStore
from hydranet.features._prepare import (
    Splits,
    extract_features,
    extract_missing,
    feature_space,
    find_split,
    joined_space,
    list_splits,
    load_splits,
    readable,
    resolve_tasks,
    say_notes,
    training_views,
)
from hydranet.features._space import Features, FeatureSpace
from hydranet.features._store import FeatureStore

__all__ = [
    "KEPT_PRECISION",
    "Extraction",
    "FeatureSpace",
    "FeatureStore",
    "Features",
    "NetworkStore",
    "Request",
    "Space",
    "Splits",
    "check_features",
    "extract_features",
    "extract_missing",
    "feature_space",
    "find_split",
    "joined_space",
    "kept",
    "list_splits",
    "load_splits",
    "readable",
    "resolve_tasks",
    "say_notes",
    "training_views",
    "view_keys",
]
