"""One batch on its way: its pictures are read ahead, and those that can't be read are set aside."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from hydranet.data import AbsentPicture, Reader, Wanted, hash_content
from hydranet.errors import DataError, ImageError
from hydranet.inference._answers import Answers
from hydranet.inference._open_pictures import ExampleImages, open_example
from hydranet.tasks import Prediction


class Batch:
    """The examples of a batch, whose pictures a reader decodes, identical ones once.

    Args:
        examples: pictures of each, as `open_example` takes them.
        example_shape: how they are arranged.
        reader: begins at once.
        may_be_absent: whether none of an example's pictures has to be there.
    """

    def __init__(
        self,
        examples: Sequence[ExampleImages | None],
        example_shape: tuple[int, ...],
        reader: Reader,
        *,
        may_be_absent: bool = False,
    ) -> None:
        self._may_be_absent = may_be_absent
        self._example_shape = example_shape
        self._reading: dict[bytes, Future[list[np.ndarray]]] = {}
        self._identities = [self._begin(images, reader) for images in examples]

    def answered(
        self,
        answer: Callable[[np.ndarray, Sequence[Sequence[str] | None], np.ndarray], Answers],
        wanted: Sequence[Sequence[str] | None],
    ) -> "Answered":
        """Wait for the pictures, and have the examples answered of which all can be read.

        Args:
            answer: gets pictures, the tasks wanted of each example, and which pictures it is about.
            wanted: names of tasks by example; None for all.
        """
        pixels: dict[bytes, np.ndarray] = {}
        bad: dict[bytes, DataError] = {}
        for identity, future in self._reading.items():
            try:
                [pixels[identity]] = future.result()
            except DataError as error:
                bad[identity] = error
        errors: dict[int, DataError] = {}
        rows: list[list[int]] = []
        order = {identity: place for place, identity in enumerate(pixels)}
        for number, example in enumerate(self._identities):
            if isinstance(example, DataError):
                errors[number] = example
            elif broken := [bad[identity] for identity in example if identity in bad]:
                errors[number] = broken[0]
            else:
                rows.append([order[identity] for identity in example])
        if not rows:
            return Answered(errors, None)
        places = np.array(rows).reshape(-1, *self._example_shape)
        names = [each for number, each in enumerate(wanted) if number not in errors]
        return Answered(errors, answer(np.stack(list(pixels.values())), names, places))

    def _begin(self, images: ExampleImages | None, reader: Reader) -> list[bytes] | DataError:
        """Return the identities of an example's pictures, or why it has none."""
        identities = []
        try:
            pictures = open_example(images, self._example_shape)
            if not self._may_be_absent and all(isinstance(each, AbsentPicture) for each in pictures):
                raise ImageError(
                    "There is no picture: received None, expected a path, the bytes of a file, an open file, a picture "
                    "of Pillow, or an array (height, width, 3), of one picture at least."
                )
            for picture in pictures:
                content = picture.content()
                identities.append(hash_content(content))
                if identities[-1] not in self._reading:
                    self._reading[identities[-1]] = reader.submit(Wanted(picture, content=content))
        except DataError as error:
            return error
        return identities


class Answered(NamedTuple):
    """What came of the examples of a batch.

    Args:
        errors: why some could not be read, by their number.
        answers: to the others; None if there are none.
    """

    errors: Mapping[int, DataError]
    answers: Answers | None

    def outcomes(self, top_k: int) -> Iterator[dict[str, Prediction | None] | DataError]:
        """Yield the answers to each example, or its error, in their order."""
        num_answered = 0 if self.answers is None else len(self.answers)
        rows = iter(range(num_answered))
        for number in range(num_answered + len(self.errors)):
            if number in self.errors:
                yield self.errors[number]
            elif self.answers is not None:
                yield self.answers.predictions(next(rows), top_k)
