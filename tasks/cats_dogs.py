"""Is it a cat or a dog?"""

from hydranet import TFDS, SingleLabel, register_task


@register_task
def cats_dogs() -> SingleLabel:
    """Cats vs. Dogs (Elson et al., Asirra, 2007): about 23,000 photographs."""
    return SingleLabel(name="cats_dogs", data=TFDS("cats_vs_dogs"))
