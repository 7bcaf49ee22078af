import pytest
from PIL import Image

from hydranet import MLP, Domain, Experiment, FineTuning, Folder, SingleLabel
from hydranet.config import parse_experiment
from hydranet.domains import Coral, Standardise
from hydranet.errors import ConfigError, DataError

TASKS = {name: SingleLabel(name=name, data=Folder("pictures")) for name in ("shoes", "hats")}


def parsed(domain, tmp_path):
    raw = {"tasks": {"shoes": {"data": "shoes"}}, "domain": domain}
    return parse_experiment(raw, base_dir=tmp_path).domain


def test_paths_start_from_the_folder_of_the_config(tmp_path):
    domain = parsed({"data": "other", "labelled": {"shoes": "other_labelled"}, "method": "coral"}, tmp_path)
    assert domain.data == str(tmp_path / "other")
    assert domain.labelled == {"shoes": Folder(str(tmp_path / "other_labelled"))}
    assert domain.method == (Coral(),)


def test_there_may_be_several_methods(tmp_path):
    methods = ["standardise", {"kind": "coral", "shrinkage": 2.0}]
    assert parsed({"data": "other", "method": methods}, tmp_path).method == (Standardise(), Coral(2.0))


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ({}, "domain.data"),
        ({"data": "other", "method": "corall"}, "coral"),
        ({"data": "other", "method": []}, "at least one"),
        ({"data": "other", "method": {"kind": "coral", "shrinkage": 0}}, "shrinkage"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, domain, message):
    with pytest.raises(ConfigError, match=message):
        parsed(domain, tmp_path)


def test_labelled_pictures_are_of_a_task():
    with pytest.raises(ConfigError, match=r"'shoe'.*shoes"):
        Domain(data="other", labelled={"shoe": Folder("x")}).check(TASKS)


def test_tasks_that_go_their_own_way_take_their_labelled_pictures():
    domain = Domain(data="other", labelled={name: Folder(name) for name in TASKS})
    experiment = Experiment(tasks=TASKS, domain=domain)
    for left in (experiment.alone("hats"), experiment.without("shoes")):
        assert (list(left.tasks), left.domain.labelled) == (["hats"], {"hats": Folder("hats")})


def test_which_of_several_methods_serves_is_told_by_labelled_pictures():
    methods = (Coral(), Standardise())
    Domain(data="other", labelled={name: Folder("x") for name in TASKS}, method=methods).check(TASKS)
    with pytest.raises(ConfigError, match=r"labelled: \{hats: FOLDER\}"):
        Domain(data="other", labelled={"shoes": Folder("x")}, method=methods).check(TASKS)


def test_a_folder_without_pictures_is_said(tmp_path):
    with pytest.raises(DataError, match="not a folder"):
        Domain(data=str(tmp_path / "absent")).load(TASKS)
    Image.new("RGB", (8, 8)).save(tmp_path / "only.png")
    with pytest.raises(DataError, match="has 1 picture"):
        Domain(data=str(tmp_path)).load(TASKS)


def test_pictures_of_tasks_that_are_not_trained_are_left_out(tmp_path):
    for index in range(3):
        (tmp_path / "labelled" / "boot").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8), (index, 0, 0)).save(tmp_path / f"{index}.png")
        Image.new("RGB", (8, 8), (index, 9, 0)).save(tmp_path / "labelled" / "boot" / f"{index}.png")
    labelled = {"shoes": Folder(str(tmp_path / "labelled")), "hats": Folder("absent")}
    found = Domain(data=str(tmp_path), labelled=labelled).load({"shoes": TASKS["shoes"]})
    assert (len(found.unlabelled), found.labelled["shoes"].labels) == (6, ["boot"] * 3)
    assert list(found.labelled) == ["shoes"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fine_tuning": (FineTuning(),)}, "fine_tuning"),
        ({"folds": 3}, "folds"),
        (
            {"tasks": {"shoes": SingleLabel(name="shoes", head=MLP(), data=Folder("x"))}},
            "linear head.*'shoes'",
        ),
    ],
)
def test_what_does_not_go_with_a_domain_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        Experiment(**{"tasks": TASKS, "domain": Domain(data="other"), **settings})
