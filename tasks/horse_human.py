"""Is it a horse or a human?"""

from hydranet import TFDS, SingleLabel, register_task


@register_task
def horse_human() -> SingleLabel:
    """Horses or Humans (Laurence Moroney, 2019): about 1,300 rendered pictures."""
    return SingleLabel(name="horse_human", data=TFDS("horses_or_humans"))
