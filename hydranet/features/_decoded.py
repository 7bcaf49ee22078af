"""The missing views of pictures as they come from the reader, and which pictures are bad."""

import logging
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from hydranet.data import SKIPPING, Wanted
from hydranet.errors import DataError

_log = logging.getLogger(__name__)


class Decoded:
    """Yields every view that can be decoded, in order, and counts pictures on the way.

    Args:
        wanted: the pictures, by their identity.
        outcomes: of `Reader.try_read` on them.
        skip_bad_images: leave out those that can't be decoded, instead of stopping.

    Attributes:
        num_decoded: pictures decoded so far.
        bad: the identity of each bad picture so far, and what is wrong with it.
        num_bad_views: views of these that were wanted.
    """

    def __init__(
        self,
        wanted: Mapping[bytes, Wanted],
        outcomes: Iterable[list[np.ndarray] | DataError],
        *,
        skip_bad_images: bool,
    ) -> None:
        self.num_decoded = 0
        self.bad: dict[bytes, str] = {}
        self.num_bad_views = 0
        self._wanted = wanted
        self._outcomes = outcomes
        self._skip_bad_images = skip_bad_images

    def __iter__(self) -> Iterator[tuple[bytes, int, np.ndarray]]:
        """Yield the identity of the picture, the number of the view and its pixels.

        Raises:
            ImageError: a picture can't be decoded, and bad ones are not skipped.
        """
        for (identity, wanted), outcome in zip(self._wanted.items(), self._outcomes, strict=True):
            if isinstance(outcome, DataError):
                self._leave_out(identity, wanted, outcome)
                continue
            self.num_decoded += 1
            for view, image in zip(wanted.views, outcome, strict=True):
                yield identity, view, image

    def _leave_out(self, identity: bytes, wanted: Wanted, error: DataError) -> None:
        if not self._skip_bad_images:
            raise type(error)(f"{error} {SKIPPING}") from error
        _log.warning("Left out: %s", error)
        self.bad[identity] = str(error)
        self.num_bad_views += len(wanted.views)
