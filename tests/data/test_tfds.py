"""A dataset of TensorFlow Datasets, once it is prepared."""

from hydranet.data._tfds import TFDS


def test_a_prepared_dataset_is_read_as_a_folder(put, monkeypatch, listed):
    root = put("train/boot/1.jpg", "train/clog/2.jpg")
    asked = []

    def prepare(name, *, data_dir):
        asked.append((name, data_dir))
        return root

    monkeypatch.setattr("hydranet.data._prepare_tfds.prepare_tfds", prepare)
    assert listed(TFDS("shoes", data_dir="/data")) == {"train": [("1.jpg", "boot"), ("2.jpg", "clog")]}
    assert asked == [("shoes", "/data")]
