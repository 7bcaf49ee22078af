"""Pictures and labels: what an image is, where examples come from, how they are divided, read, augmented and mixed.

A `Source` lists examples without reading them: a picture or several, and a label. `load_dataset` knows each by the hash
of its content and divides them, a `Reader` decodes them ahead on threads for everybody who needs pixels, `Augmentation`
makes other views of a picture, and a `Mixture` makes one stream of batches of several datasets.

Example:
    >>> from hydranet.data import Drawings, Reader, load_dataset, read_examples
    >>> train = load_dataset(Drawings("cats_dogs", 10, 5), task="cats_dogs")["train"]
    >>> train.example_shape, train.labels[:2]
    ((), ['cat', 'cat'])
    >>> with Reader((32, 32)) as reader:
    ...     [first, _] = read_examples(reader, train, [0, 1])
    >>> first.dtype, first.shape
    (dtype('float32'), (32, 32, 3))
"""

from hydranet.data._absent import AbsentPicture, absent_rows, without_absent
from hydranet.data._array_file import ARRAY_SUFFIXES
from hydranet.data._array_row import ArrayRow, check_rows, find_rows, sample_arrays
from hydranet.data._arrays import Arrays
from hydranet.data._augment import Augmentation
from hydranet.data._boxes import Boxes
from hydranet.data._csv import CSV
from hydranet.data._dataset import (
    Dataset,
    LoadedSplits,
    check_present,
    hash_examples,
    join_datasets,
    load_dataset,
)
from hydranet.data._dividing import HELD_OUT_SHARE, held_out, unmeasured_notes, without_scarce
from hydranet.data._drawings import Drawing, Drawings, sample_drawings
from hydranet.data._films import Films
from hydranet.data._folder import Folder
from hydranet.data._folds import check_folds, deal
from hydranet.data._frames import is_film, read_film
from hydranet.data._images import DECODER_VERSION, MAX_PIXELS, decode_image, resize_image
from hydranet.data._listing import IMAGE_SUFFIXES, Listing, left_out_text, list_pictures, listing_once
from hydranet.data._masks import Masks
from hydranet.data._mixture import Mixture, Plan, Sampling
from hydranet.data._motion import Motion
from hydranet.data._picture_size import picture_size
from hydranet.data._pictures import (
    SKIPPING,
    Picture,
    PictureArray,
    PictureBytes,
    PictureFile,
    PictureImage,
    hash_content,
    hash_pictures,
    nearest_file,
)
from hydranet.data._reachable import is_reachable
from hydranet.data._read_examples import read_examples
from hydranet.data._reader import Reader, Wanted, read_pixels
from hydranet.data._source import (
    ARRAYS,
    PICTURES,
    UNSPLIT,
    Example,
    Pictures,
    Source,
    check_example_shape,
    check_gives,
    flat_pictures,
    source_at,
)
from hydranet.data._split_names import SPLITS
from hydranet.data._tfds import TFDS
from hydranet.data._views import Motions, ViewedLabels, change_view

__all__ = [
    "ARRAYS",
    "ARRAY_SUFFIXES",
    "CSV",
    "DECODER_VERSION",
    "HELD_OUT_SHARE",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "PICTURES",
    "SKIPPING",
    "SPLITS",
    "TFDS",
    "UNSPLIT",
    "AbsentPicture",
    "ArrayRow",
    "Arrays",
    "Augmentation",
    "Boxes",
    "Dataset",
    "Drawing",
    "Drawings",
    "Example",
    "Films",
    "Folder",
    "Listing",
    "LoadedSplits",
    "Masks",
    "Mixture",
    "Motion",
    "Motions",
    "Picture",
    "PictureArray",
    "PictureBytes",
    "PictureFile",
    "PictureImage",
    "Pictures",
    "Plan",
    "Reader",
    "Sampling",
    "Source",
    "ViewedLabels",
    "Wanted",
    "absent_rows",
    "change_view",
    "check_example_shape",
    "check_folds",
    "check_gives",
    "check_present",
    "check_rows",
    "deal",
    "decode_image",
    "find_rows",
    "flat_pictures",
    "hash_content",
    "hash_examples",
    "hash_pictures",
    "held_out",
    "is_film",
    "is_reachable",
    "join_datasets",
    "left_out_text",
    "list_pictures",
    "listing_once",
    "load_dataset",
    "nearest_file",
    "picture_size",
    "read_examples",
    "read_film",
    "read_pixels",
    "resize_image",
    "sample_arrays",
    "sample_drawings",
    "source_at",
    "unmeasured_notes",
    "without_absent",
    "without_scarce",
]
