"""IDX files, plain and gzipped, written here in the format of the real ones."""

import gzip
import struct

import numpy as np
import pytest
from tests.data.official import take_fashion_mnist_for_official

from earlyalign.data.fashion_mnist import FILES, fashion_mnist_sha256, load_fashion_mnist, read_idx
from earlyalign.data.missing import MissingData
from earlyalign.errors import UserError


def idx(array):
    return (
        struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        + array.astype(np.uint8).tobytes()
    )


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    drawn = {}
    for n, (images, labels) in zip((6, 4), FILES.values(), strict=True):
        drawn[images], drawn[labels] = rng.integers(256, size=(n, 28, 28)), rng.integers(10, size=n)
    return drawn


def write(folder, arrays, gz):
    for name, array in arrays.items():
        content = gzip.compress(idx(array)) if gz else idx(array)
        (folder / (f"{name}.gz" if gz else name)).write_bytes(content)


@pytest.mark.parametrize("gz", [False, True])
def test_the_four_files_are_read(arrays, tmp_path, gz, monkeypatch):
    write(tmp_path, arrays, gz)
    take_fashion_mnist_for_official(monkeypatch, tmp_path)
    split = load_fashion_mnist(tmp_path)
    for images, part in ((split.train, "train"), (split.test, "test")):
        pixels, labels = (arrays[name] for name in FILES[part])
        np.testing.assert_array_equal(images.labels, labels)
        np.testing.assert_array_equal(np.round(images.inputs[:, 0] * 255), pixels)
        assert images.classes == 10


def test_nothing_there_names_what_is_absent_and_where_it_goes(arrays, tmp_path):
    write(tmp_path, arrays, gz=True)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(MissingData) as raised:
        load_fashion_mnist(tmp_path)
    line = str(raised.value)
    assert "\n" not in line and "train-images" not in line
    for part in ("t10k-labels-idx1-ubyte.gz", "dataset-fashion-mnist", str(tmp_path), "A-easy"):
        assert part in line


def test_a_broken_file_is_named(arrays, tmp_path):
    whole = idx(np.arange(24).reshape(2, 3, 4))
    cases = {
        "short": (whole[:-1], "cut short"),
        "bare": (whole[:6], "cut short"),
        "other": (b"PNG" + whole, "not an IDX file"),
        "deep": (struct.pack(">BBBB66I", 0, 0, 8, 66, *[1] * 66) + b"1", "66 dimensions; allowed: 1 to 64"),
        "vast": (struct.pack(">BBBB4I", 0, 0, 8, 4, *[2**16] * 4), "cut short"),
        "half.gz": (gzip.compress(whole)[:-9], "not a whole gzip file"),
        "not.gz": (whole, "not a whole gzip file"),
    }
    for name, (content, said) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=f"{name}.*{said}"):
            read_idx(tmp_path / name)


@pytest.mark.parametrize("gz", [False, True])
def test_random_bytes_of_the_right_length_are_not_the_official_images(arrays, tmp_path, gz):
    write(tmp_path, arrays, gz)
    with pytest.raises(UserError, match="is not the official file: unpacked, its SHA-256 is") as raised:
        load_fashion_mnist(tmp_path)
    assert "\n" not in str(raised.value)


def test_one_digest_packed_or_not_and_another_for_a_changed_pixel(arrays, tmp_path):
    plain, packed, spoilt = (tmp_path / end for end in ("plain", "packed", "spoilt"))
    for folder in (plain, packed, spoilt):
        folder.mkdir()
        write(folder, arrays, gz=folder == packed)
    arrays["t10k-images-idx3-ubyte"][0, 0, 0] ^= 1
    write(spoilt, arrays, gz=False)
    assert fashion_mnist_sha256(plain) == fashion_mnist_sha256(packed) != fashion_mnist_sha256(spoilt)


def test_images_and_labels_that_do_not_belong_together_are_refused(arrays, tmp_path):
    write(tmp_path, {**arrays, "train-labels-idx1-ubyte": np.zeros(5)}, gz=False)
    with pytest.raises(UserError, match="do not belong together"):
        load_fashion_mnist(tmp_path)


def test_a_label_out_of_range_is_named(arrays, tmp_path):
    write(tmp_path, {**arrays, "train-labels-idx1-ubyte": np.full(6, 10)}, gz=False)
    with pytest.raises(UserError, match="label 10 is not below 10"):
        load_fashion_mnist(tmp_path)
