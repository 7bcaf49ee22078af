"""Which breed of dog is it?"""

from hydranet import TFDS, SingleLabel, register_task


@register_task
def dog_breeds() -> SingleLabel:
    """Stanford Dogs (Khosla et al., 2011): about 20,600 photographs of 120 breeds."""
    return SingleLabel(name="dog_breeds", data=TFDS("stanford_dogs"))
