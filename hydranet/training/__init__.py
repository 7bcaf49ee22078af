"""From an experiment to a run: heads on stored features, then the phases of fine-tuning.

`train` lists the pictures, has the frozen backbone's features computed, brings each head to its own optimum on them
(`train_heads`), lets `hydranet.joint` tune the top with them if the experiment says so, and writes the run. `add_task`
does the same for one head more in a run that is in use, and `audit` asks heads about pictures that they were not
trained on.

Example:
    >>> from hydranet import Run, SingleLabel, Drawings
    >>> run = add_task(Run("runs/quickstart"), SingleLabel(name="pets", data=Drawings("cats_dogs", 10, 5, seed=1)))
    >>> run.metrics["tasks"]["pets"]["num_examples"]
    10
"""

from hydranet.training._audit import Audit, audit
from hydranet.training._edit import add_task
from hydranet.training._train import train, train_on_listed

__all__ = ["Audit", "add_task", "audit", "train", "train_on_listed"]
