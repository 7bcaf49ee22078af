"""Labels as they stand in an array: texts, numbers, or a column of 1 and 0 for each class."""

from collections.abc import Collection, Sequence

import numpy as np

from hydranet.data._cells import clean
from hydranet.errors import DataError

# One class or number as a text; several classes as a tuple; None where there is no label.
Label = str | tuple[str, ...] | None


def read_labels(
    values: np.ndarray, where: str, *, class_names: Sequence[str] = (), missing: Collection[str] = ()
) -> list[Label]:
    """Return the label of each row as sources give them.

    Args:
        values: texts or numbers `(num_rows,)`; or `(num_rows, num_classes)`, 1 where a class is present, else 0.
        where: what to call it.
        class_names: of whole numbers, from 0 on.
        missing: words that are no label.

    Raises:
        DataError: they are something else, or a number has no name.

    Example:
        >>> read_labels(np.array([[1, 0], [0, 1]]), "labels", class_names=("cat", "dog"))
        ['cat', 'dog']
        >>> read_labels(np.array([2.5, np.nan]), "ages")
        ['2.5', None]
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "biuf":
        return _from_columns(values, where, class_names)
    if values.ndim != 1 or values.dtype.kind not in "biufUS":
        raise DataError(
            f"{where} is of shape {values.shape} and type {values.dtype}: expected a text or number for each row, or "
            "columns of 1 and 0."
        )
    if values.dtype.kind in "biuf":
        return _from_numbers(values, where, class_names)
    words = {word.lower() for word in missing}
    texts = [
        clean(text)
        for text in (values.astype(str) if values.dtype.kind == "U" else np.char.decode(values)).tolist()
    ]
    return [text if text and text.lower() not in words else None for text in texts]


def _from_numbers(values: np.ndarray, where: str, class_names: Sequence[str]) -> list[Label]:
    numbers = values.astype(np.float64)
    known = ~np.isnan(numbers)
    if not (numbers[known] == np.rint(numbers[known])).all():
        if class_names:
            raise DataError(f"{where} holds numbers that are not whole: `class_names` can't name them.")
        return [
            repr(number) if is_known else None
            for number, is_known in zip(numbers.tolist(), known, strict=True)
        ]
    return [
        _name(int(number), where, class_names) if is_known else None
        for number, is_known in zip(numbers.tolist(), known, strict=True)
    ]


def _from_columns(values: np.ndarray, where: str, class_names: Sequence[str]) -> list[Label]:
    if not np.isin(values, (0, 1)).all():
        raise DataError(
            f"{where} has {values.shape[1]} columns: expected 1 and 0 in them, or a single column."
        )
    names = [_name(column, where, class_names) for column in range(values.shape[1])]
    several = [tuple(names[column] for column in np.flatnonzero(row)) for row in values]
    alone = all(len(each) == 1 for each in several)
    return [each[0] for each in several] if alone else list(several)


def _name(number: int, where: str, class_names: Sequence[str]) -> str:
    if not class_names:
        return str(number)
    if not 0 <= number < len(class_names):
        raise DataError(
            f"{where} holds {number}: expected 0 to {len(class_names) - 1}, as there are `class_names`."
        )
    return class_names[number]
