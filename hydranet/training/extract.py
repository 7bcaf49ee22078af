"""Fill the FeatureStore: decode what is missing, run it through the backbone, write it in chunks."""

import logging
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from hydranet.data.augment import Augmentation, augment, view_rng
from hydranet.data.pictures import Picture, hash_content
from hydranet.errors import DataError, ImageError, ModelError
from hydranet.model.backbone import Backbone
from hydranet.model.inference import compile_backbone
from hydranet.progress import progress_bar
from hydranet.training.features import FeatureSpace, view_keys

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
        num_decoded: pictures decoded.
        num_passed: pictures (views of them) that went through the backbone.
        bad_images: why each picture that was left out could not be decoded.
        bad_hashes: the identities of those.
    """

    num_pictures: int = 0
    num_decoded: int = 0
    num_passed: int = 0
    bad_images: list[str] = field(default_factory=list)
    bad_hashes: set[bytes] = field(default_factory=set)


@dataclass(frozen=True)
class _Job:
    """One picture, and the views of it that are missing."""

    picture: Picture
    content_hash: np.ndarray
    views: tuple[int, ...]


def extract(
    backbone: Backbone,
    requests: Iterable[Request],
    space: FeatureSpace,
    *,
    batch_size: int = 32,
    augmentation: Augmentation | None = None,
    seed: int = 0,
    skip_bad_images: bool = False,
) -> Extraction:
    """Compute and store the features that `space` lacks; each picture is decoded once, however often it is asked for.

    Rows are computed in a fixed order and stored in whole batches, so an interrupted extraction that is started
    again computes the same batches.

    Args:
        backbone: the frozen trunk that `space` belongs to.
        requests: what is wanted.
        space: where it goes.
        batch_size: pictures in one pass.
        augmentation: how views other than the plain one differ.
        seed: of the augmentation.
        skip_bad_images: leave out and count pictures that can't be decoded, instead of stopping.

    Raises:
        ImageError: a picture can't be decoded, and `skip_bad_images` is off.
        DataError: a picture has changed while it was being read.
        ModelError: the backbone gives numbers that are not finite, or too large for the dtype of `space`.
    """
    augmentation = augmentation or Augmentation()
    result = Extraction()
    jobs, result.num_pictures = _missing(requests, space, augmentation, seed)
    if not jobs:
        return result
    run = None
    chunk = _ChunkWriter(space, batch_size)
    rows = _decode(jobs, backbone, augmentation, seed, skip_bad_images, result)
    try:
        with progress_bar("features", sum(len(job.views) for job in jobs)) as bar:
            for keys, images in _batched(rows, batch_size):
                run = run or compile_backbone(backbone, batch_size)  # takes seconds, and all may be bad
                features = run(images)
                if not np.isfinite(features).all():
                    raise ModelError("The backbone gives features that are not finite: check its weights.")
                if np.abs(features).max() > np.finfo(space.dtype).max:
                    raise ModelError(
                        f"The backbone gives features of up to {np.abs(features).max():.3g}, too large for "
                        f"{space.dtype}: set `features: {{dtype: float32}}`."
                    )
                chunk.add(keys, features)
                result.num_passed += len(keys)
                bar.update(len(keys))
    finally:
        chunk.flush()
    return result


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
) -> tuple[list[_Job], int]:
    """Return a job for each picture that lacks views, in the order of the requests, and the count of pictures."""
    pictures: dict[bytes, _Job] = {}
    for request in requests:
        lacking = [
            ~space.contains(view_keys(request.hashes, view, augmentation, seed))
            for view in range(request.views)
        ]
        for row, picture in enumerate(request.pictures):
            key = request.hashes[row].tobytes()
            views = tuple(view for view in range(request.views) if lacking[view][row])
            known = pictures.get(key)
            if known is None or set(views) - set(known.views):
                merged = tuple(sorted({*views, *(known.views if known else ())}))
                pictures[key] = _Job(known.picture if known else picture, request.hashes[row], merged)
    return [job for job in pictures.values() if job.views], len(pictures)


def _decode(
    jobs: Sequence[_Job],
    backbone: Backbone,
    augmentation: Augmentation,
    seed: int,
    skip_bad_images: bool,
    result: Extraction,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield key and pixels of every missing view, in order; pictures are decoded ahead on all cores."""
    image_size = backbone.image_shape[:2]
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
                    continue
                result.num_decoded += 1
                yield from views
        finally:
            pool.shutdown(cancel_futures=True)


def _views(
    job: _Job, image_size: tuple[int, int], augmentation: Augmentation, seed: int
) -> list[tuple[np.ndarray, np.ndarray]] | ImageError:
    content = job.picture.content()
    if hash_content(content) != job.content_hash.tobytes():
        raise DataError(f"{job.picture.name} has changed while it was being read. Run the command again.")
    try:
        plain = job.picture.pixels(content, image_size)
    except ImageError as error:
        return error
    views = []
    for view in job.views:
        key = view_keys(job.content_hash[None], view, augmentation, seed)[0]
        image = (
            augment(plain, augmentation, view_rng(job.content_hash.tobytes(), view, seed)) if view else plain
        )
        views.append((key, image))
    return views


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
