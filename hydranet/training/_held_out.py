"""Which training examples judge a penalty while others train: one part of many, or every one of few in turn."""

import numpy as np

from hydranet.data import HELD_OUT_SHARE, deal, without_scarce
from hydranet.tasks import Task
from hydranet.training._head_examples import HeadExamples
from hydranet.training._regularisation import MANY_EXAMPLES

# More judges than these find no better temperature. With all examples of five sets (570 to 2,900) judging in five parts
# the log-loss on others moved by .002 at most, up or down, in two to three times the time.
_MOST_PARTS = round(1 / HELD_OUT_SHARE)


def held_out_parts(task: Task, examples: HeadExamples) -> list[np.ndarray]:
    """Return parts of the examples, each of which judges what the others train: bool `(num_examples,)` each.

    Many examples have one part, that of their hashes. Few are divided into parts in which the classes, or numbers, are
    spread alike, and so many of them are used that about a fifth of many examples judge, or all that there are. An
    example trains only where fewer than two others would be left to show its class.

    Args:
        task: with its classes known.
        examples: all of them; identical pictures are on one side.
    """
    counted = examples.weights > 0
    num_examples = int(counted.sum())
    parts = (
        [examples.held_out] if num_examples >= MANY_EXAMPLES else _spread_parts(task, examples, num_examples)
    )
    labelled = task.labelled(examples.labels.plain) & counted[:, None]
    judged = [without_scarce(part & counted, labelled) for part in parts]
    return [part for part in judged if part.any() and not part.all()]


def _spread_parts(task: Task, examples: HeadExamples, num_examples: int) -> list[np.ndarray]:
    """Return equal parts with like labels; see `deal`."""
    part_of = deal(examples.labels.hashes, task.convex_targets(examples.labels.plain), _MOST_PARTS)
    num_parts = min(_MOST_PARTS, -(-MANY_EXAMPLES // num_examples))
    return [part_of == part for part in range(num_parts)]
