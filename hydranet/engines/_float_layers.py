"""Which operations of a graph stay float32 when the rest is computed in 8-bit integers."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# The first layers of small networks lose most: all that follows is made of their few channels, whose ranges differ.
_NUM_FIRST_CONVOLUTIONS = 9

_CONVOLUTIONS = {"Conv", "CONV_2D", "DEPTHWISE_CONV_2D"}
_AVERAGES = {"GlobalAveragePool", "ReduceMean", "MEAN"}


class Operation(NamedTuple):
    """One operation of a graph.

    Args:
        name: as the format calls it.
        kind: what it computes, as the format calls it.
        inputs, outputs: names of tensors.
    """

    name: str
    kind: str
    inputs: Sequence[str]
    outputs: Sequence[str]


def float_operations(
    operations: Sequence[Operation], outputs: Iterable[str], *, takes_pictures: bool
) -> list[str]:
    """Return the names of the operations that stay float32: the heads, and the first layers above pictures.

    Heads are what stands above the last convolutions, from the average on: they take no time, and an average of
    8-bit numbers is finer than 8 bits.

    Args:
        operations: each after those that it needs.
        outputs: names of the graph's outputs.
        takes_pictures: whether the graph's input is pictures, not activations at a cut.
    """
    names = _above_convolutions(operations, outputs)
    num_convolutions = 0 if takes_pictures else _NUM_FIRST_CONVOLUTIONS
    for operation in operations:
        if num_convolutions == _NUM_FIRST_CONVOLUTIONS:
            break
        names.add(operation.name)
        num_convolutions += operation.kind in _CONVOLUTIONS
    return [operation.name for operation in operations if operation.name in names]


def _above_convolutions(operations: Sequence[Operation], outputs: Iterable[str]) -> set[str]:
    producers = {output: operation for operation in operations for output in operation.outputs}
    found, pending = set(), list(outputs)
    while pending:
        operation = producers.get(pending.pop())
        if operation is None or operation.name in found or operation.kind in _CONVOLUTIONS:
            continue
        found.add(operation.name)
        if operation.kind not in _AVERAGES:
            pending += operation.inputs
    return found
