"""Pictures and labels: what an image is, where examples come from, how they are divided, augmented and mixed."""

from hydranet.data._augment import Augmentation
from hydranet.data._csv import CSV
from hydranet.data._dataset import Dataset, hash_examples, held_out, join_datasets, load_dataset
from hydranet.data._drawings import Drawing, Drawings, sample_drawings
from hydranet.data._folder import Folder
from hydranet.data._images import DECODER_VERSION, MAX_PIXELS, decode_image, resize_image
from hydranet.data._mixture import Mixture, Plan, Sampling
from hydranet.data._pictures import (
    IMAGE_SUFFIXES,
    Picture,
    PictureArray,
    PictureBytes,
    PictureFile,
    hash_content,
    hash_pictures,
    list_pictures,
)
from hydranet.data._read_examples import read_examples
from hydranet.data._reader import Reader, Wanted
from hydranet.data._source import SPLITS, UNSPLIT, Example, Pictures, Source, check_example_shape, source_at
from hydranet.data._tfds import TFDS
from hydranet.data._views import ViewedLabels, change_view, move_map

__all__ = [
    "CSV",
    "DECODER_VERSION",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "SPLITS",
    "TFDS",
    "UNSPLIT",
    "Augmentation",
    "Dataset",
    "Drawing",
    "Drawings",
    "Example",
    "Folder",
    "Mixture",
    "Picture",
    "PictureArray",
    "PictureBytes",
    "PictureFile",
    "Pictures",
    "Plan",
    "Reader",
    "Sampling",
    "Source",
    "ViewedLabels",
    "Wanted",
    "change_view",
    "check_example_shape",
    "decode_image",
    "hash_content",
    "hash_examples",
    "hash_pictures",
    "held_out",
    "join_datasets",
    "list_pictures",
    "load_dataset",
    "move_map",
    "read_examples",
    "resize_image",
    "sample_drawings",
    "source_at",
]
