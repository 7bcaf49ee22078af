"""What a training leaves in its run beside the model: figures, and how they came about."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydranet.runs._run import versions

# One row of `history.csv`, and a phase of fine-tuning as `metrics.json` has it.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """What came of a training, in JSON types.

    Args:
        tasks: metrics by task name.
        history: one row per task and penalty or epoch that was tried.
        phases: what each phase of fine-tuning has done.
        pictures: how many were decoded and computed.
        timing: how many seconds each part took.

    Example:
        >>> list(Results({"coat": {"accuracy": 0.5}}, history=[], timing={"heads_s": 1.5}).metrics())
        ['tasks', 'pictures', 'timing', 'versions']
    """

    tasks: Mapping[str, Mapping[str, Any]]
    history: Sequence[Row]
    phases: Sequence[Row] = ()
    pictures: Mapping[str, Any] = field(default_factory=dict)
    timing: Mapping[str, float] = field(default_factory=dict)

    def after(self, timing: Mapping[str, float], notes: Mapping[str, Sequence[str]]) -> "Results":
        """Return the same with what came before: how long it took, and by task what is to be said of its pictures."""
        tasks = {name: with_notes(metrics, notes[name]) for name, metrics in self.tasks.items()}
        return dataclasses.replace(self, tasks=tasks, timing={**timing, **self.timing})

    def metrics(self) -> dict[str, Any]:
        """Return what `metrics.json` says of it."""
        return {
            "tasks": dict(self.tasks),
            **({"fine_tuning": list(self.phases)} if self.phases else {}),
            "pictures": dict(self.pictures),
            "timing": dict(self.timing),
            "versions": versions(),
        }


def with_notes(metrics: Mapping[str, Any], notes: Sequence[str]) -> dict[str, Any]:
    """Return a task's figures with what is to be said of its pictures, if there is something."""
    return {**metrics, "notes": list(notes)} if notes else dict(metrics)
