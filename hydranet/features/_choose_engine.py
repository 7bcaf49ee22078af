"""Which engine computes features, where a config leaves it open."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hydranet.engines import AUTO, REFERENCE_ENGINE, FileEngine, fast_engine
from hydranet.experiment import FeaturesConfig
from hydranet.features._networks import network_key
from hydranet.features._store import FeatureStore

if TYPE_CHECKING:
    from hydranet.model import FeatureNetwork, Trunk

_log = logging.getLogger(__name__)
# What was chosen in this process: a conversion that fails takes seconds each time.
_chosen: dict[tuple[str, str], str] = {}


def choose_engine(
    network: "Trunk | FeatureNetwork", config: FeaturesConfig, fingerprints: Mapping[str, str]
) -> str:
    """Return the name of the engine that computes the features of `network`, which have these fingerprints."""
    if config.engine != AUTO:
        return config.engine
    engine = fast_engine()
    if engine is None:
        return REFERENCE_ENGINE
    key = (network_key(fingerprints), engine.name)
    if key not in _chosen:
        agrees = _agrees(network, engine, config, fingerprints)
        _chosen[key] = engine.name if agrees else REFERENCE_ENGINE
    return _chosen[key]


def _agrees(
    network: "Trunk | FeatureNetwork",
    engine: FileEngine,
    config: FeaturesConfig,
    fingerprints: Mapping[str, str],
) -> bool:
    try:
        kept = FeatureStore(config.dir).networks.keep(network, engine, fingerprints)
    except Exception as error:  # converters and runtimes fail with any error on a layer they do not know
        _log.warning("%s computes the features, as %s can't: %s", REFERENCE_ENGINE, engine.name, error)
        return False
    if not kept.agrees:
        _log.warning(
            "%s computes the features, as those of %s differ by %.2g of the largest.",
            REFERENCE_ENGINE, engine.name, kept.difference,
        )  # fmt: skip
    return kept.agrees
