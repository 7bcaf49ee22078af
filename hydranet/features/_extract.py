"""Fill the FeatureStore: decode what is missing, run it through a network, write it in chunks."""

import dataclasses
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from hydranet.data import Augmentation, Picture, change_view, read_plain
from hydranet.distribution import Share
from hydranet.engines import compile_network, run_on_engine
from hydranet.errors import ImageError, ModelError
from hydranet.features._store import FeatureSpace, view_keys
from hydranet.progress import progress_bar

if TYPE_CHECKING:
    from hydranet.model import Backbone, FeatureNetwork

# A chunk is written when it has so many rows, or is so large, or so old: what an interruption can cost.
_CHUNK_ROWS = 1024
_CHUNK_BYTES = 16 * 2**20
_CHUNK_SECONDS = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """Pictures whose features are wanted.

    Args:
        pictures: to be read where a feature is missing.
        hashes: uint64 `(num_pictures, 2)`, of their content.
        views: how many views of each.
    """

    pictures: Sequence[Picture]
    hashes: np.ndarray
    views: int = 1


@dataclass
class Extraction:
    """What was done.

    Args:
        num_pictures: different pictures asked for.
        num_features: features asked for, one for each view of a picture that can be decoded.
        num_decoded: pictures decoded.
        num_passed: pictures (views of them) that went through the backbone.
        bad_images: why each picture that was left out could not be decoded.
        bad_hashes: the identities of those.
    """

    num_pictures: int = 0
    num_features: int = 0
    num_decoded: int = 0
    num_passed: int = 0
    bad_images: list[str] = field(default_factory=list)
    bad_hashes: set[bytes] = field(default_factory=set)

    def after(self, earlier: "Extraction") -> "Extraction":
        """Return what was done in two extractions of the same pictures; the later one has seen all bad ones."""
        return dataclasses.replace(
            self,
            num_decoded=self.num_decoded + earlier.num_decoded,
            num_passed=self.num_passed + earlier.num_passed,
        )


@dataclass(frozen=True)
class _Job:
    """One picture, and the views of it that are missing."""

    picture: Picture
    content_hash: np.ndarray
    views: tuple[int, ...]


def extract(
    network: "Backbone | FeatureNetwork",
    requests: Iterable[Request],
    space: FeatureSpace,
    *,
    batch_size: int = 32,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    skip_bad_images: bool = False,
    share: Share | None = None,
    engine: str = "tensorflow",
) -> Extraction:
    """Compute and store the features that `space` lacks; each picture is decoded once, however often it is asked for.

    Rows are computed in a fixed order and stored in whole batches, so an interrupted extraction that is started
    again computes the same batches.

    Args:
        network: what `space` belongs to.
        requests: what is wanted.
        space: where it goes.
        batch_size: pictures in one pass.
        augmentation: how views other than the plain one differ.
        seed: of the augmentation.
        skip_bad_images: leave out and count pictures that can't be decoded, instead of stopping.
        share: what this worker does of it; all by default.
        engine: what computes; others than `tensorflow` use the CPU, whatever devices there are.

    Raises:
        ConfigError: the engine is not installed.
        ImageError: a picture can't be decoded, and `skip_bad_images` is off.
        DataError: a picture has changed while it was being read.
        ModelError: the network gives numbers that are not finite, or too large for the dtype of `space`.
    """
    augmentation, share, result = augmentation or Augmentation(), share or Share(), Extraction()
    jobs, result.num_pictures, result.num_features = _missing(requests, space, augmentation, seed)
    jobs = jobs[share.index * len(jobs) // share.count : (share.index + 1) * len(jobs) // share.count]
    if not jobs:
        return result
    chunk = _ChunkWriter(space, batch_size)
    rows = _decode(jobs, network.image_shape[:2], augmentation, seed, skip_bad_images, result)
    try:
        with progress_bar("features", sum(len(job.views) for job in jobs)) as bar:
            functions = partial(_functions, network, batch_size, share.devices, engine)
            for keys, features in _passed(_batched(rows, batch_size), functions):
                check_features(features, space.dtype)
                chunk.add(keys, features)
                result.num_passed += len(keys)
                bar.update(len(keys))
    finally:
        chunk.flush()
    return result


def check_features(features: np.ndarray, dtype: "np.dtype[np.floating]") -> None:
    """Raise ModelError if features can't be stored in `dtype`."""
    if not np.isfinite(features).all():
        raise ModelError("The backbone gives features that are not finite: check its weights.")
    if np.abs(features).max() > np.finfo(dtype).max:
        raise ModelError(
            f"The backbone gives features of up to {np.abs(features).max():.3g}, too large for "
            f"{dtype}: set `features: {{dtype: float32}}`."
        )


def _functions(
    network: "Backbone | FeatureNetwork", batch_size: int, devices: Sequence[str | None], engine: str
) -> list[Callable[[np.ndarray], np.ndarray]]:
    """Return the network as a function for each device."""
    if engine != "tensorflow":
        return [run_on_engine(network, network.image_shape, engine)]
    return [compile_network(network, network.image_shape, batch_size, device=at) for at in devices]


def _passed(
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    make_functions: Callable[[], list[Callable[[np.ndarray], np.ndarray]]],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the keys of each batch with its features, in order; every function computes one at a time."""
    runs: list[Callable[[np.ndarray], np.ndarray]] = []
    waiting: deque[tuple[np.ndarray, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(thread_name_prefix="device") as pool:
        for place, (keys, images) in enumerate(batches):
            if not runs:  # compiling takes seconds, and all pictures may be bad
                runs = make_functions()
            waiting.append((keys, pool.submit(runs[place % len(runs)], images)))
            if len(waiting) == len(runs):
                done, features = waiting.popleft()
                yield done, features.result()
        for done, features in waiting:
            yield done, features.result()


class _ChunkWriter:
    """Collects batches until a chunk is worth writing."""

    def __init__(self, space: FeatureSpace, batch_size: int) -> None:
        row_bytes = math.prod(space.shape) * space.dtype.itemsize
        self._space = space
        self._most_rows = max(min(_CHUNK_ROWS, _CHUNK_BYTES // row_bytes) // batch_size, 1) * batch_size
        self._keys: list[np.ndarray] = []
        self._rows: list[np.ndarray] = []
        self._since = time.monotonic()

    def add(self, keys: np.ndarray, rows: np.ndarray) -> None:
        self._keys.append(keys)
        self._rows.append(rows)
        full = sum(map(len, self._keys)) >= self._most_rows
        if full or time.monotonic() - self._since > _CHUNK_SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._keys:
            self._space.append(np.concatenate(self._keys), np.concatenate(self._rows))
        self._keys, self._rows, self._since = [], [], time.monotonic()


def _missing(
    requests: Iterable[Request], space: FeatureSpace, augmentation: Augmentation, seed: int
) -> tuple[list[_Job], int, int]:
    """Return a job for each picture that lacks views, in the order of the requests; how many pictures, and views."""
    pictures: dict[bytes, _Job] = {}
    num_views: dict[bytes, int] = {}
    for request in requests:
        lacking = [
            ~space.contains(view_keys(request.hashes, view, augmentation, seed))
            for view in range(request.views)
        ]
        for row, picture in enumerate(request.pictures):
            key = request.hashes[row].tobytes()
            num_views[key] = max(request.views, num_views.get(key, 0))
            views = tuple(view for view in range(request.views) if lacking[view][row])
            known = pictures.get(key)
            if known is None or set(views) - set(known.views):
                merged = tuple(sorted({*views, *(known.views if known else ())}))
                pictures[key] = _Job(known.picture if known else picture, request.hashes[row], merged)
    return [job for job in pictures.values() if job.views], len(pictures), sum(num_views.values())


def _decode(
    jobs: Sequence[_Job],
    image_size: tuple[int, int],
    augmentation: Augmentation,
    seed: int,
    skip_bad_images: bool,
    result: Extraction,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield key and pixels of every missing view, in order; pictures are decoded ahead on all cores."""
    waiting: deque[Future[list[tuple[np.ndarray, np.ndarray]] | ImageError]] = deque()
    remaining = iter(jobs)
    with ThreadPoolExecutor(thread_name_prefix="decode") as pool:
        try:
            for job in jobs:
                while len(waiting) < 64 and (ahead := next(remaining, None)) is not None:
                    waiting.append(pool.submit(_views, ahead, image_size, augmentation, seed))
                views = waiting.popleft().result()
                if isinstance(views, ImageError):
                    if not skip_bad_images:
                        raise views
                    _log.warning("Left out: %s", views)
                    result.bad_images.append(str(views))
                    result.bad_hashes.add(job.content_hash.tobytes())
                    result.num_features -= len(job.views)
                    continue
                result.num_decoded += 1
                yield from views
        finally:
            pool.shutdown(cancel_futures=True)


def _views(
    job: _Job, image_size: tuple[int, int], augmentation: Augmentation, seed: int
) -> list[tuple[np.ndarray, np.ndarray]] | ImageError:
    try:
        plain = read_plain(job.picture, job.content_hash, image_size)
    except ImageError as error:
        return error
    return [
        (
            view_keys(job.content_hash[None], view, augmentation, seed)[0],
            change_view(plain, job.content_hash, view, augmentation, seed),
        )
        for view in job.views
    ]


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
