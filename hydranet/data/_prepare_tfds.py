"""TensorFlow Datasets as folders of picture files, so that everything after them sees files with paths."""

import re
import shutil
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hydranet.data._reachable import is_reachable
from hydranet.errors import DataError, FetchError
from hydranet.naming import nearest_match

if TYPE_CHECKING:
    from tensorflow_datasets.core import DatasetBuilder

SPLITS: tuple[str, ...] = ("train", "validation", "test")


def prepare_tfds(name: str, *, data_dir: str | None = None) -> Path:
    """Return a folder with every labelled picture of an image classification dataset.

    The dataset is downloaded and unpacked on the first call; later calls only look the folder up. The
    files hold the dataset's own encoded bytes, so nothing is lost by a second compression. An interrupted
    call leaves nothing that could be taken for a complete folder.

    Without a network, put the original archives into `DATA_DIR/downloads/manual` under their own names.

    Args:
        name: a dataset of TensorFlow Datasets: `NAME`, `NAME/CONFIG` or `NAME:VERSION`.
        data_dir: where TensorFlow Datasets keeps its data; its own default if not given.

    Returns:
        A folder `DATA_DIR/hydranet/NAME-VERSION` with `train|validation|test/CLASS/00000.jpg` (or `.png`).

    Raises:
        DataError: there is no such dataset, or it isn't one picture and one class per example.
        FetchError: it could not be downloaded or prepared; without a network, within seconds.

    Example:
        >>> prepare_tfds("horse_or_humans")
        Traceback (most recent call last):
            ...
        hydranet.errors.DataError: Unknown TFDS dataset 'horse_or_humans'. Did you mean 'horses_or_humans'?
    """
    builder = _builder(name, data_dir)
    folder: Path = Path(builder.data_dir_root) / "hydranet" / builder.info.full_name.replace("/", "-")
    if not folder.is_dir():
        image_key, label_key = _feature_keys(builder)
        if not builder.is_prepared():
            _prepare(builder)
        with _complete_or_absent(folder) as temporary:
            _unpack(builder, image_key, label_key, temporary)
    return folder


def _builder(name: str, data_dir: str | None) -> "DatasetBuilder":
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        known = tfds.list_builders(with_community_datasets=False)
        message = f"Unknown TFDS dataset {name!r}.{nearest_match(name, known)}"
        raise DataError(message) from error
    # A malformed name, an unknown config or version, a missing package: each raises a type of its own.
    except Exception as error:
        raise DataError(f"The TFDS dataset {name!r} can't be used: {error}") from error


def _feature_keys(builder: "DatasetBuilder") -> tuple[str, str]:
    """Find the picture and its class: what the dataset names as input and target, or the only ones it has."""
    from tensorflow_datasets import features as kinds

    features = builder.info.features
    named = dict(features.items()) if isinstance(features, kinds.FeaturesDict) else {}
    keys = [key for key in builder.info.supervised_keys or named if key in named]
    images = [key for key in keys if isinstance(named[key], kinds.Image)]
    labels = [key for key in keys if isinstance(named[key], kinds.ClassLabel)]
    if len(images) != 1 or len(labels) != 1:
        raise DataError(
            f"The TFDS dataset {builder.info.full_name!r} is not one for image classification: received the "
            f"features {', '.join(named) or features}, expected one Image and one ClassLabel."
        )
    return images[0], labels[0]


def _prepare(builder: "DatasetBuilder") -> None:
    """Download the original archives, or take them from the manual folder, and let TFDS read them."""
    import tensorflow_datasets as tfds

    manual_dir = Path(builder.data_dir_root) / "downloads" / "manual"
    files = {url: file.filename or "" for url, file in (builder.url_infos or {}).items()}
    names = textwrap.shorten(", ".join(filter(None, files.values())), 300, placeholder=" …") or "see its page"
    advice = (
        "Point the task at a local folder of pictures with --data TASK=PATH, or put the original files "
        f"({names}) into {manual_dir}."
    )
    missing = [url for url, file in files.items() if not (manual_dir / file).is_file()]
    one_per_host = {urlsplit(url).netloc: url for url in missing if url.startswith("http")}
    for url in one_per_host.values():
        if not is_reachable(url):
            raise FetchError(f"Can't fetch {builder.info.full_name}: no answer from {url}. {advice}")
    # The copies on Google Cloud Storage would be asked for even where all archives are at hand.
    config = tfds.download.DownloadConfig(manual_dir=manual_dir, try_download_gcs=False)
    try:
        builder.download_and_prepare(download_config=config)
    except Exception as error:
        raise FetchError(
            f"TensorFlow Datasets could not prepare {builder.info.full_name}: "
            f"{type(error).__name__}: {error}. {advice}"
        ) from error


def _unpack(builder: "DatasetBuilder", image_key: str, label_key: str, folder: Path) -> None:
    """Write each example's encoded bytes to `folder/SPLIT/CLASS/NUMBER.jpg|png`."""
    import tensorflow_datasets as tfds

    decoding = tfds.decode.PartialDecoding(
        {image_key: True, label_key: True}, decoders={image_key: tfds.decode.SkipDecoding()}
    )
    classes = _folder_names(builder.info.features[label_key].names)
    for split in SPLITS:
        if split not in builder.info.splits:
            continue
        counts: Counter[int] = Counter()
        for example in tfds.as_numpy(builder.as_dataset(split=split, decoders=decoding)):
            data, label = example[image_key], int(example[label_key])
            if label < 0:  # by convention not labelled, as in the test split of a competition
                continue
            suffix = ".png" if data.startswith(b"\x89PNG") else ".jpg"
            path = folder / split / classes[label] / f"{counts[label]:05}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            counts[label] += 1
    if not any(folder.iterdir()):
        raise DataError(
            f"The TFDS dataset {builder.info.full_name!r} holds no labelled pictures: received the "
            f"splits {', '.join(builder.info.splits)}, expected some of {', '.join(SPLITS)}."
        )


def _folder_names(class_names: Sequence[str]) -> list[str]:
    """Make class names safe as names of folders, and distinct also where upper and lower case are one."""
    folders: list[str] = []
    for index, name in enumerate(class_names):
        folder = re.sub(r"[^\w .,+()-]", "_", name).strip(" .") or "_"
        taken = {other.casefold() for other in folders}
        folders.append(f"{folder}-{index}" if folder.casefold() in taken else folder)
    return folders


@contextmanager
def _complete_or_absent(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`, and move it there when the block ends well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp makes folders that only their owner may read
        # Another process may have been faster; its folder holds the same.
        if not folder.is_dir():
            temporary.replace(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
