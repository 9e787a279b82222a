"""Every task comes through one door: class-balanced samples, apart, standardised by the training one."""

import gzip
import os
import struct

import numpy as np
import pytest
from tests.data.official import take_cifar_for_official, take_fashion_mnist_for_official

from earlyalign.data import image_tasks
from earlyalign.data.cifar import ARCHIVES, PIXELS
from earlyalign.data.fashion_mnist import FILES
from earlyalign.data.image_file import write_image_file
from earlyalign.data.image_tasks import TASKS, WITH_EDIM, image_split, images_sha256
from earlyalign.data.missing import MissingData
from earlyalign.errors import UserError

EDIM = 32
ORIGIN = {
    "source": "a test", "weights_sha256": "a", "config_sha256": "b", "classes": list(range(10)), "edim": EDIM,
    "truncation": 1.0, "seed": 0, "device": "cpu", "versions": {},
}  # fmt: skip


def write_cifar(patch, folder, name, each):
    archive, rng, files = ARCHIVES[name], np.random.default_rng(0), {}
    (folder / archive.folder).mkdir()
    for file in (*archive.train, *archive.test):
        labels = np.tile(np.arange(archive.classes), each)
        coarse = [labels // 5] if archive.label_bytes == 2 else []
        pixels = rng.integers(256, size=(len(labels), PIXELS))
        content = np.column_stack([*coarse, labels, pixels]).astype(np.uint8).tobytes()
        (folder / archive.folder / file).write_bytes(content)
        files[file] = content
    take_cifar_for_official(patch, name, files)


def write_fashion_mnist(folder):
    rng = np.random.default_rng(0)
    (folder / "fashion-mnist").mkdir()
    for images, labels in FILES.values():
        arrays = {images: rng.integers(256, size=(60, 28, 28)), labels: np.arange(60) % 10}
        for name, array in arrays.items():
            head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            content = gzip.compress(head + array.astype(np.uint8).tobytes())
            (folder / "fashion-mnist" / f"{name}.gz").write_bytes(content)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Small files of every real data set: 20 training images a class at least, 3 test images."""
    made = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        write_cifar(patch, made, "CIFAR-10", 4)
        write_cifar(patch, made, "CIFAR-100", 3)
        write_fashion_mnist(made)
        take_fashion_mnist_for_official(patch, made / "fashion-mnist")
        pixels = np.random.default_rng(0).integers(256, size=(60, 3, 32, 32), dtype=np.uint8)
        write_image_file(made / f"biggan-edim{EDIM}.npz", pixels, np.arange(60) % 10, **ORIGIN)
        yield made


def edim(task):
    return EDIM if task in WITH_EDIM else None


def sizes(task):
    return (200, 100) if task == "cifar100" else (40, 15)


SHAPES = {"generator": (3, 16, 16), "fashion-mnist": (1, 28, 28), "digits": (1, 8, 8)}


@pytest.mark.parametrize("task", TASKS)
def test_samples_are_even_standardised_and_of_the_tasks_shape(task, folder):
    n_train, n_test = sizes(task)
    split = image_split(task, n_train, n_test, edim(task), 0, folder)
    assert split.train.inputs.shape == (n_train, *SHAPES.get(task, (3, 32, 32)))
    assert split.test.inputs.shape[1:] == split.train.inputs.shape[1:]
    for images, n in ((split.train, n_train), (split.test, n_test)):
        counts = np.bincount(images.labels, minlength=images.classes)
        assert images.n == n and np.ptp(counts) <= 1
    np.testing.assert_allclose(split.train.inputs.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(split.train.inputs.std(axis=(0, 2, 3)), 1, rtol=1e-4)


@pytest.mark.parametrize("task", TASKS)
def test_one_seed_is_one_split_and_another_seed_is_another(task, folder):
    n_train, n_test = sizes(task)
    first, again, other = (image_split(task, n_train, n_test, edim(task), seed, folder) for seed in (1, 1, 2))
    for part in ("train", "test"):
        np.testing.assert_array_equal(getattr(first, part).inputs, getattr(again, part).inputs)
    assert not np.array_equal(first.train.inputs, other.train.inputs)


@pytest.mark.parametrize(("task", "left"), [("digits", 1797 - 40), ("biggan", 20), ("cifar10", 40)])
def test_a_test_set_of_0_is_all_there_is(task, left, folder):
    split = image_split(task, 40, 0, edim(task), 3, folder)
    assert split.test.n == left
    if task != "digits":
        pixels = np.concatenate([split.train.inputs, split.test.inputs]).reshape(40 + left, -1)
        assert len(np.unique(pixels, axis=0)) == 40 + left, "an image is in both samples"


def test_training_and_test_images_of_one_pool_are_apart(folder):
    split = image_split("biggan", 40, 20, EDIM, 5, folder)
    both = np.concatenate([split.train.inputs, split.test.inputs]).reshape(60, -1)
    assert len(np.unique(both, axis=0)) == 60


def test_the_generators_side_can_be_chosen():
    assert image_split("generator", 10, 10, 8, side=32).train.inputs.shape == (10, 3, 32, 32)


def test_the_folder_is_the_one_that_the_environment_names(folder, monkeypatch):
    monkeypatch.setenv("EARLYALIGN_DATA", str(folder))
    told = image_split("cifar10", 20, 10, seed=4, folder=folder)
    np.testing.assert_array_equal(image_split("cifar10", 20, 10, seed=4).train.inputs, told.train.inputs)


def test_fashion_mnist_is_found_where_debian_puts_it(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(image_tasks, "DEBIAN", folder / "fashion-mnist")
    assert image_split("fashion-mnist", 20, 10, folder=tmp_path).train.n == 20


@pytest.mark.parametrize("task", [task for task in TASKS if task not in ("generator", "digits")])
def test_data_that_is_missing_is_one_line_with_where_it_goes_and_what_it_is_for(task, tmp_path, monkeypatch):
    monkeypatch.setattr(image_tasks, "DEBIAN", tmp_path / "nowhere")
    with pytest.raises(MissingData) as raised:
        image_split(task, 40, 10, edim(task), folder=tmp_path)
    line = str(raised.value)
    assert "\n" not in line and str(tmp_path) in line
    assert ("A-easy" if task == "fashion-mnist" else "A-heat") in line


BAD = {
    "unknown task": (("svhn", 40, 10), "allowed: generator, biggan, cifar10"),
    "no training image": (("digits", 0, 10), "n_train = 0"),
    "negative test size": (("digits", 10, -1), "n_test = -1"),
    "all of what has no end": (("generator", 10, 0, 8), "n_test = 0 at least 1"),
    "no edim": (("generator", 10, 10), "edim = None"),
    "edim of a real data set": (("cifar10", 10, 10, 32), "None for the others"),
    "edim out of range": (("generator", 10, 10, 129), "edim = 129"),
    "too many": (("biggan", 61, 10, EDIM), "biggan: class . has 6 images, 7 are asked for"),
    "too many to test": (("biggan", 40, 30, EDIM), "biggan: class 0 has 2 images, 3 are asked for"),
    "none left to test": (("biggan", 60, 0, EDIM), "leaves no image"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused_in_one_line(case, folder):
    given, said = BAD[case]
    with pytest.raises(UserError, match=said) as raised:
        image_split(*given, folder=folder)
    assert "\n" not in str(raised.value)


def test_a_side_is_for_the_generator_alone():
    with pytest.raises(UserError, match="only the generator"):
        image_split("digits", 10, 10, side=16)
    with pytest.raises(UserError, match="side = 20; allowed: 8, 16, 32"):
        image_split("generator", 10, 10, 8, side=20)


def test_a_biggan_file_of_another_edim_is_refused(folder, tmp_path):
    for end in ("npz", "json"):
        (tmp_path / f"biggan-edim64.{end}").write_bytes((folder / f"biggan-edim{EDIM}.{end}").read_bytes())
    with pytest.raises(UserError, match="drawn with edim = 32, not 64"):
        image_split("biggan", 40, 10, 64, folder=tmp_path)


READ = [task for task in TASKS if task not in ("generator", "digits")]


@pytest.mark.parametrize("task", READ)
def test_data_of_another_digest_than_asked_for_is_refused(task, folder):
    digest = images_sha256(task, edim(task), folder)
    image_split(task, *sizes(task), edim(task), 0, folder, sha256=digest)
    with pytest.raises(UserError, match="is not what was asked for"):
        image_split(task, *sizes(task), edim(task), 0, folder, sha256=digest[::-1])


def test_a_changed_file_has_another_digest(folder, tmp_path):
    (tmp_path / "cifar-10-batches-bin").symlink_to(folder / "cifar-10-batches-bin")
    assert images_sha256("cifar10", None, tmp_path) == images_sha256("cifar10", None, folder)
    path = folder / "cifar-10-batches-bin/test_batch.bin"
    kept, times = path.read_bytes(), path.stat()
    before = images_sha256("cifar10", None, folder)
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        assert images_sha256("cifar10", None, folder) != before
    finally:
        path.write_bytes(kept)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert images_sha256("cifar10", None, folder) == before


def test_what_is_drawn_has_no_digest(folder):
    assert images_sha256("generator", EDIM, folder) is images_sha256("digits", None, folder) is None
