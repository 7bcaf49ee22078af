"""Datasets of TensorFlow Datasets."""

from dataclasses import dataclass, field
from typing import Literal

from hydranet.data._folder import Folder
from hydranet.data._source import Example, Source
from hydranet.settings import PathText


@dataclass(frozen=True)
class TFDS(Source):
    """An image classification dataset of TensorFlow Datasets, downloaded and unpacked once.

    Args:
        name: the builder's name, with or without a configuration and a version.
        data_dir: where TensorFlow Datasets keeps its files; its own default where not given.

    Example:
        >>> TFDS("horses_or_humans")
        TFDS(name='horses_or_humans', data_dir=None)
    """

    name: str
    data_dir: PathText | None = None
    kind: Literal["tfds"] = field(default="tfds", kw_only=True, repr=False)

    def load(self) -> dict[str, list[Example]]:
        """Prepare the dataset if that has not been done, and return its examples; see `Source.load`.

        Raises:
            FetchError: it is not there yet and the network can't be reached.
        """
        from hydranet.data._prepare_tfds import prepare_tfds  # a prediction need not wait for what it needs

        folder = str(prepare_tfds(self.name, data_dir=self.data_dir))
        return Folder(folder, split_folders=True).load()
