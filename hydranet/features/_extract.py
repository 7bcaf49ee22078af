"""Fill the FeatureStore: decode what is missing, run it through a network, write it in chunks."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hydranet.data import Augmentation, Reader, without_absent
from hydranet.distribution import Share
from hydranet.engines import REFERENCE_ENGINE, FileEngine, get_engine
from hydranet.features._chunk_writer import ChunkWriter
from hydranet.features._decoded import Decoded
from hydranet.features._extraction import Extraction
from hydranet.features._missing import Request, find_missing, view_keys
from hydranet.features._networks import NetworkStore
from hydranet.features._space import FeatureSpace
from hydranet.progress import progress_bar

if TYPE_CHECKING:
    from hydranet.model import FeatureNetwork, Trunk

# From float32 pictures to named features.
_Function = Callable[[np.ndarray], Mapping[str, np.ndarray]]


def extract(
    network: "Trunk | FeatureNetwork",
    requests: Iterable[Request],
    spaces: Mapping[str, FeatureSpace],
    *,
    batch_size: int = 32,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    skip_bad_images: bool = False,
    share: Share | None = None,
    engine: str = REFERENCE_ENGINE,
    networks: NetworkStore | None = None,
) -> Extraction:
    """Compute and store the features that `spaces` lack.

    Each picture is decoded once, however often it is asked for, and one pass gives all features of a view.
    Rows are computed in a fixed order and stored in whole batches, so an interrupted extraction that is started again
    computes the same batches.

    Args:
        network: what `spaces` belong to.
        requests: what is wanted.
        spaces: where it goes, by the name of the feature.
        batch_size: pictures in one pass.
        augmentation: how views other than the plain one differ.
        seed: of the augmentation.
        skip_bad_images: leave out and count pictures that can't be decoded, instead of stopping.
        share: what this worker does of it; all by default.
        engine: what computes; an engine that runs files uses the CPU, whatever devices there are.
        networks: where the file of such an engine is kept; it is not by default.

    Raises:
        ConfigError: the engine is not installed.
        ImageError: a picture can't be decoded, and `skip_bad_images` is off.
        DataError: a picture has changed while it was being read.
        ModelError: the network gives numbers that are not finite, or too large for the dtype of its space.
    """
    augmentation, share = augmentation or Augmentation(), share or Share()
    missing = find_missing(requests, spaces.values(), augmentation, seed)
    wanted = missing.share(share.index, share.count)
    if not wanted:
        return Extraction(missing.num_pictures, missing.num_features)
    writers = {feature: ChunkWriter(space, batch_size) for feature, space in spaces.items()}
    num_passed = 0
    with Reader(network.image_size, augmentation=augmentation, seed=seed) as reader:
        decoded = Decoded(wanted, reader.try_read(wanted.values()), skip_bad_images=skip_bad_images)
        keyed = (
            (view_keys(np.frombuffer(identity, np.uint64), view, augmentation, seed), image)
            for identity, view, image in decoded
        )
        functions = partial(_functions, network, batch_size, share.devices, engine, networks)
        try:
            with progress_bar("features", sum(len(each.views) for each in wanted.values())) as bar:
                for keys, given in _passed(_batched(keyed, batch_size), functions):
                    for feature, writer in writers.items():
                        writer.add(keys, given[feature])
                    num_passed += len(keys)
                    bar.update(len(keys))
        finally:
            for writer in writers.values():
                writer.flush()
    num_features = missing.num_features - decoded.num_bad_views
    return Extraction(missing.num_pictures, num_features, decoded.num_decoded, num_passed, decoded.bad)


def _functions(
    network: "Trunk | FeatureNetwork",
    batch_size: int,
    devices: Sequence[str | None],
    engine: str,
    networks: NetworkStore | None,
) -> list[_Function]:
    """Return the network as a function for each device."""
    found = get_engine(engine)
    if networks is not None and isinstance(found, FileEngine):
        return [found.load(networks.keep(network, found).path)]
    return found.compile(network, network.image_shape, batch_size=batch_size, devices=devices)


def _passed(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    make_functions: Callable[[], list[_Function]],
) -> Iterator[tuple[np.ndarray, Mapping[str, np.ndarray]]]:
    """Yield the keys of each batch with its features, in order; every function computes one at a time."""
    runs: list[_Function] = []
    waiting: deque[tuple[np.ndarray, np.ndarray, Future[Mapping[str, np.ndarray]]]] = deque()
    with ThreadPoolExecutor(thread_name_prefix="device") as pool:
        for place, (keys, images) in enumerate(batches):
            if not runs:  # compiling takes seconds, and all pictures may be bad
                runs = make_functions()
            waiting.append((keys, images, pool.submit(runs[place % len(runs)], images)))
            if len(waiting) == len(runs):
                done, passed, features = waiting.popleft()
                yield done, without_absent(features.result(), passed)
        for done, passed, features in waiting:
            yield done, without_absent(features.result(), passed)


def _batched(
    rows: Iterable[tuple[np.ndarray, np.ndarray]], batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    keys: list[np.ndarray] = []
    images: list[np.ndarray] = []
    for key, image in rows:
        keys.append(key)
        images.append(image)
        if len(keys) == batch_size:
            yield np.stack(keys), np.stack(images)
            keys, images = [], []
    if keys:
        yield np.stack(keys), np.stack(images)
