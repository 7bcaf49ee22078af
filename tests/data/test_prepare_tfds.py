"""TFDS as folders: the original archives' formats, interrupted and impossible preparations, no network."""

import hashlib
import http.server
import io
import socket
import sys
import tarfile
import threading
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from hydranet.data import _prepare_tfds as hydranet_tfds
from hydranet.data import _reachable
from hydranet.data._prepare_tfds import prepare_tfds
from hydranet.errors import DataError, FetchError

pytestmark = pytest.mark.slow


def picture(file_format, seed=0, size=(300, 300)):
    pixels = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size).save(file, file_format)
    return file.getvalue()


def zip_bytes(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, data in files.items():
            writer.writestr(name, data)
    return archive.getvalue()


def tar_bytes(files):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as writer:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            writer.addfile(member, io.BytesIO(data))
    return archive.getvalue()


def tree(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def put_archives(tmp_path, monkeypatch):
    """Put small stand-ins for a dataset's original archives where a user would put the real ones."""
    import tensorflow_datasets as tfds

    def put(name, archives):
        builder_cls = tfds.builder_cls(name)
        manual_dir = tmp_path / "downloads" / "manual"
        manual_dir.mkdir(parents=True, exist_ok=True)
        infos = {}
        for url, info in builder_cls.url_infos.items():
            data = archives[info.filename]
            (manual_dir / info.filename).write_bytes(data)
            infos[url] = tfds.download.checksums.UrlInfo(
                size=len(data), checksum=hashlib.sha256(data).hexdigest(), filename=info.filename
            )
        monkeypatch.setattr(builder_cls, "url_infos", infos)

    monkeypatch.setattr(hydranet_tfds, "is_reachable", lambda url: pytest.fail(f"asked for {url}"))
    return put


@pytest.fixture
def horses_or_humans(put_archives):
    train = {
        f"{name}s/{name}0{i}-{i}.png": picture("PNG", i) for name in ("horse", "human") for i in range(3)
    }
    test = {"horses/horse1-000.png": picture("PNG", 8), "humans/valhuman01-00.png": picture("PNG", 9)}
    archives = {"horse-or-human.zip": zip_bytes(train), "validation-horse-or-human.zip": zip_bytes(test)}
    put_archives("horses_or_humans", archives)
    return train, test


def test_horses_or_humans_keeps_the_original_bytes(horses_or_humans, tmp_path):
    train, test = horses_or_humans
    folder = prepare_tfds("horses_or_humans", data_dir=str(tmp_path))
    assert folder == tmp_path / "hydranet" / "horses_or_humans-3.0.0"
    assert tree(folder) == [
        *("test/horses/00000.png", "test/humans/00000.png"),
        *(f"train/{name}/0000{i}.png" for name in ("horses", "humans") for i in range(3)),
    ]
    for label in ("horses", "humans"):
        unpacked = {path.read_bytes() for path in (folder / "train" / label).iterdir()}
        assert unpacked == {data for name, data in train.items() if name.startswith(label)}
    assert (folder / "test/humans/00000.png").read_bytes() == test["humans/valhuman01-00.png"]


def test_a_second_call_only_looks_the_folder_up(horses_or_humans, tmp_path, monkeypatch):
    folder = prepare_tfds("horses_or_humans", data_dir=str(tmp_path))
    monkeypatch.setattr(hydranet_tfds, "_unpack", lambda *_: pytest.fail("unpacked again"))
    assert prepare_tfds("horses_or_humans", data_dir=str(tmp_path)) == folder


def test_an_interrupted_unpacking_is_never_taken_for_complete(horses_or_humans, tmp_path, monkeypatch):
    def interrupt(builder, image_key, label_key, folder):
        (folder / "train").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(hydranet_tfds, "_unpack", interrupt)
        with pytest.raises(KeyboardInterrupt):
            prepare_tfds("horses_or_humans", data_dir=str(tmp_path))
    assert list((tmp_path / "hydranet").iterdir()) == []
    assert len(tree(prepare_tfds("horses_or_humans", data_dir=str(tmp_path)))) == 8


def test_two_processes_may_unpack_at_once(tmp_path):
    folder = tmp_path / "hydranet" / "name-1.0.0"
    with hydranet_tfds._complete_or_absent(folder) as slow:
        (slow / "file").write_text("slow")
        with hydranet_tfds._complete_or_absent(folder) as fast:
            (fast / "file").write_text("fast")
    assert tree(tmp_path / "hydranet") == ["name-1.0.0/file"]
    assert (folder / "file").read_text() == "fast"


def test_a_wrong_archive_is_refused(horses_or_humans, tmp_path):
    (tmp_path / "downloads" / "manual" / "horse-or-human.zip").write_bytes(zip_bytes({}))
    with pytest.raises(
        FetchError, match=r"could not prepare horses_or_humans/3.0.0: NonMatchingChecksumError"
    ):
        prepare_tfds("horses_or_humans", data_dir=str(tmp_path))
    assert not (tmp_path / "hydranet").exists()


def test_cats_vs_dogs(put_archives, tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    monkeypatch.setattr(sys.modules[tfds.builder_cls("cats_vs_dogs").__module__], "_NUM_CORRUPT_IMAGES", 1)
    files = {
        f"PetImages/{name}/{i}.jpg": picture("JPEG", i, (50, 40)) for name in ("Cat", "Dog") for i in range(2)
    }
    files["PetImages/Cat/666.jpg"] = b"not a picture at all"
    put_archives("cats_vs_dogs", {"kagglecatsanddogs_5340.zip": zip_bytes(files)})
    folder = prepare_tfds("cats_vs_dogs", data_dir=str(tmp_path))
    assert tree(folder) == [f"train/{name}/0000{i}.jpg" for name in ("cat", "dog") for i in range(2)]
    with Image.open(folder / "train/cat/00000.jpg") as file:
        assert file.size == (50, 40)


def test_stanford_dogs(put_archives, tmp_path):
    import scipy.io

    breeds = [f"n0208{number:04}-Breed_{number:03}" for number in range(120)]
    names = [f"{breed}/{breed[:9]}_{i}.jpg" for breed in breeds for i in range(2)]
    lists = {}
    for split, chosen in {"train": names[::2], "test": names[1::2]}.items():
        file = io.BytesIO()
        scipy.io.savemat(file, {"file_list": np.array(chosen, dtype=object)[:, None]})
        lists[f"{split}_list.mat"] = file.getvalue()
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>20</ymax></bndbox>"
    annotation = f"<annotation><size><width>50</width><height>40</height></size>{box}</annotation>".encode()
    put_archives(
        "stanford_dogs",
        {
            "images.tar": tar_bytes(
                {f"Images/{name}": picture("JPEG", i, (50, 40)) for i, name in enumerate(names)}
            ),
            "lists.tar": tar_bytes(lists),
            "annotation.tar": tar_bytes({f"Annotation/{name[:-4]}": annotation for name in names}),
        },
    )
    folder = prepare_tfds("stanford_dogs", data_dir=str(tmp_path))
    assert tree(folder) == [
        f"{split}/{breed.lower()}/00000.jpg" for split in ("test", "train") for breed in breeds
    ]
    assert (folder / "test" / breeds[7].lower() / "00000.jpg").read_bytes() == picture("JPEG", 15, (50, 40))


@pytest.fixture(scope="module")
def own_builder():
    """A dataset written with TFDS' own classes: odd class names, unlabelled examples, other splits."""
    import tensorflow_datasets as tfds

    class HydranetTestShapes(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = {
                "photo": tfds.features.Image(),
                "mask": tfds.features.Image(),
                "shape": tfds.features.ClassLabel(names=["a/b", "A_b"]),
            }
            keys = ("photo", "shape")
            return tfds.core.DatasetInfo(
                builder=self, features=tfds.features.FeaturesDict(features), supervised_keys=keys
            )

        def _split_generators(self, dl_manager):
            return {
                "validation": self._generate_examples([0, 1, 1, -1]),
                "extra": self._generate_examples([0]),
            }

        def _generate_examples(self, labels):
            for index, label in enumerate(labels):
                photo = io.BytesIO(picture("JPEG", index, (20, 10)))
                yield index, {"photo": photo, "mask": io.BytesIO(picture("PNG")), "shape": label}

    return "hydranet_test_shapes"


def test_odd_classes_unlabelled_examples_and_further_splits(own_builder, tmp_path):
    folder = prepare_tfds(own_builder, data_dir=str(tmp_path))
    assert tree(folder) == [
        *("validation/A_b-1/00000.jpg", "validation/A_b-1/00001.jpg"),
        "validation/a_b/00000.jpg",
    ]


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (["cat", "dog"], ["cat", "dog"]),
        (["n02085620-chihuahua", "Basset Hound (dog)"], ["n02085620-chihuahua", "Basset Hound (dog)"]),
        (["..", ".hidden", "", "a\\b:c"], ["_", "hidden", "_-2", "a_b_c"]),
        (["B", "b", "b-1"], ["B", "b-1", "b-1-2"]),
        (["Käse", "苹果"], ["Käse", "苹果"]),
    ],
)
def test_class_names_become_safe_and_distinct_folder_names(names, folders):
    assert hydranet_tfds._folder_names(names) == folders


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cats_vs_dog", "Unknown TFDS dataset 'cats_vs_dog'. Did you mean 'cats_vs_dogs'?"),
        ("Stanford_Dog:0.2.0", "Unknown TFDS dataset 'Stanford_Dog:0.2.0'. Did you mean 'stanford_dogs'?"),
        ("not a name", "The TFDS dataset 'not a name' can't be used: "),
        ("stanford_dogs:9.9.9", "cannot be loaded at version 9.9.9"),
        ("imdb_reviews", "received the features text, label, expected one Image and one ClassLabel"),
    ],
)
def test_datasets_that_do_not_fit_are_refused_at_once(name, message, tmp_path):
    start = time.monotonic()
    with pytest.raises(DataError) as raised:
        prepare_tfds(name, data_dir=str(tmp_path))
    assert message in str(raised.value)
    assert time.monotonic() - start < 5
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def silent_port():
    """A port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def answering_port():
    """A web server that answers `/CODE` with that status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize(
    ("code", "reachable"), [(200, True), (403, True), (405, True), (502, False), (503, False)]
)
def test_a_host_that_answers_is_reachable(answering_port, code, reachable):
    assert _reachable.is_reachable(f"http://127.0.0.1:{answering_port}/{code}") is reachable


def test_without_a_network_the_error_comes_within_seconds(tmp_path, monkeypatch, silent_port):
    import tensorflow_datasets as tfds

    builder_cls = tfds.builder_cls("stanford_dogs")
    info = next(iter(builder_cls.url_infos.values()))
    monkeypatch.setattr(builder_cls, "url_infos", {f"http://127.0.0.1:{silent_port}/images.tar": info})
    monkeypatch.setattr(_reachable, "_PROBE_SECONDS", 0.5)
    start = time.monotonic()
    with pytest.raises(FetchError) as raised:
        prepare_tfds("stanford_dogs", data_dir=str(tmp_path))
    assert time.monotonic() - start < 5
    for part in (
        f"127.0.0.1:{silent_port}/images.tar",
        "--data TASK=PATH",
        str(tmp_path / "downloads" / "manual"),
    ):
        assert part in str(raised.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/closed", "https://host.invalid/file"])
def test_hosts_that_do_not_exist_are_not_reachable(url):
    assert _reachable.is_reachable(url) is False
