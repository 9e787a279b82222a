"""Images drawn from the shell: two files that the experiments read, or one line and nothing written."""

import json

import pytest
from click.testing import CliRunner

from earlyalign import cli
from earlyalign.data.image_file import load_image_file
from earlyalign.data.image_tasks import image_split

CLASSES = ",".join(map(str, range(10)))


@pytest.fixture
def call(small_biggan, tmp_path, monkeypatch):
    """Call the command in an empty folder: options over its defaults -> click's result."""
    monkeypatch.chdir(tmp_path)
    defaults = {
        "weights": str(small_biggan), "edim": "32", "n": "60", "classes": CLASSES,
        "out": "data/biggan-edim32.npz",
    }  # fmt: skip

    def invoke(**change):
        words = [word for name, value in {**defaults, **change}.items() for word in (f"--{name}", value)]
        return CliRunner().invoke(cli.main, ["data", "biggan", *words], prog_name="earlyalign")

    return invoke


def test_what_is_written_is_the_experiments_data(call, tmp_path):
    result = call(seed="3", truncation="0.5")
    assert result.exit_code == 0, result.stderr
    assert "60 images of 10 classes, edim 32" in result.stdout
    said = json.loads((tmp_path / "data/biggan-edim32.json").read_text())
    assert (said["edim"], said["seed"], said["truncation"], said["n"]) == (32, 3, 0.5, 60)
    assert not any(str(tmp_path) in str(value) for value in said.values())
    split = image_split("biggan", 40, 0, 32, folder=tmp_path / "data")
    assert (split.train.n, split.test.n, split.train.classes) == (40, 20, 10)


def test_one_seed_is_one_file_and_another_seed_is_another(call, tmp_path):
    for name, seed in (("first", "1"), ("again", "1"), ("other", "2")):
        assert call(out=f"{name}.npz", seed=seed).exit_code == 0
    first, again, other = ((tmp_path / f"{name}.npz").read_bytes() for name in ("first", "again", "other"))
    assert first == again != other


def test_images_of_a_class_differ_more_where_more_latent_coordinates_vary(call, tmp_path):
    spread = []
    for edim in ("2", "128"):
        assert call(edim=edim, out=f"{edim}.npz", classes="0,1").exit_code == 0
        images = load_image_file(tmp_path / f"{edim}.npz")
        spread.append(images.inputs[images.labels == 0].std(axis=0).mean())
    assert spread[1] > 2 * spread[0]


BAD = {
    "no weights there": ({"weights": "nowhere"}, "biggan-deep-128-config.json"),
    "edim 0": ({"edim": "0"}, "x>=1"),
    "edim beyond the latent vector": ({"edim": "129"}, "1..128"),
    "no images": ({"n": "0"}, "x>=1"),
    "negative seed": ({"seed": "-1"}, "x>=0"),
    "truncation": ({"truncation": "1.5"}, "0<x<=1"),
    "classes in words": ({"classes": "cat,dog"}, "such as 207,281"),
    "one class": ({"classes": "3"}, "at least two"),
    "a class beyond the last": ({"classes": "3,12"}, "0..11"),
    "device": ({"device": "tpu"}, "'cpu', 'cuda'"),
    "another ending": ({"out": "images.pt"}, "must end in .npz"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_status_2_and_nothing_written(call, tmp_path, case):
    change, said = BAD[case]
    result = call(**change)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("earlyalign: ") and said in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_written_over(call, tmp_path):
    (tmp_path / "mine.npz").write_text("mine")
    result = call(out="mine.npz")
    assert result.exit_code == 2 and "mine.npz exists" in result.stderr
    assert (tmp_path / "mine.npz").read_text() == "mine"
