"""CIFAR's binary format, on small files of that format written here."""

import hashlib
import io
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from tests.data.official import take_cifar_for_official

from earlyalign.data import cifar
from earlyalign.data.cifar import ARCHIVES, PIXELS, cifar_sha256, load_cifar
from earlyalign.data.missing import MissingData
from earlyalign.errors import UserError

NAMES = list(ARCHIVES)


def records(archive, each, rng):
    """`each` records of every class: (coarse label,) label, pixels. Gives their bytes, labels and pixels."""
    labels = rng.permutation(np.repeat(np.arange(archive.classes), each))
    pixels = rng.integers(256, size=(len(labels), PIXELS))
    coarse = [labels // 5] if archive.label_bytes == 2 else []
    return np.column_stack([*coarse, labels, pixels]).astype(np.uint8).tobytes(), labels, pixels


@pytest.fixture(params=NAMES)
def made(request, tmp_path, monkeypatch):
    """(name, files by name, training labels, training pixels) of a small data set, taken for the official one."""
    archive, rng = ARCHIVES[request.param], np.random.default_rng(0)
    files, labels, pixels = {}, [], []
    for file in archive.train:
        files[file], marks, colours = records(archive, 2, rng)
        labels.append(marks), pixels.append(colours)
    files[archive.test[0]] = records(archive, 1, rng)[0]
    take_cifar_for_official(monkeypatch, request.param, files)
    return request.param, files, np.concatenate(labels), np.concatenate(pixels)


def extract(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)


def pack(path, inner, files):
    with tarfile.open(path, "w:gz") as tar:
        for file, content in files.items():
            entry = tarfile.TarInfo(f"{inner}/{file}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("inside", [False, True])
def test_extracted_files_are_read(made, tmp_path, inside):
    name, files, labels, pixels = made
    extract(tmp_path / (ARCHIVES[name].folder if inside else ""), files)
    split = load_cifar(name, tmp_path)
    np.testing.assert_array_equal(split.train.labels, labels)
    np.testing.assert_array_equal(np.round(split.train.inputs.reshape(len(pixels), -1) * 255), pixels)
    assert split.train.inputs.shape == (len(labels), 3, 32, 32)
    assert split.test.n == split.test.classes == ARCHIVES[name].classes


def test_colours_and_rows_stand_where_the_format_has_them(tmp_path, monkeypatch):
    batch = np.zeros((10, 1 + PIXELS), np.uint8)
    batch[:, 0] = np.arange(10)
    batch[0, 1 + 2 * 1024 + 5 * 32 + 7] = 255
    files = dict.fromkeys((*ARCHIVES["CIFAR-10"].train, "test_batch.bin"), batch.tobytes())
    take_cifar_for_official(monkeypatch, "CIFAR-10", files)
    extract(tmp_path, files)
    image = load_cifar("CIFAR-10", tmp_path).test.inputs[0]
    assert np.argwhere(image).tolist() == [[2, 5, 7]]


def test_an_archive_is_read_if_its_checksum_is_the_official_one(made, tmp_path, monkeypatch):
    name, files, labels, _ = made
    archive = ARCHIVES[name]
    digest = pack(tmp_path / archive.name, archive.folder, files)
    with pytest.raises(UserError, match=f"not the official archive.*{digest}.*{archive.md5}"):
        load_cifar(name, tmp_path)
    monkeypatch.setitem(cifar.ARCHIVES, name, replace(archive, md5=digest))
    extract(tmp_path, dict.fromkeys(files, b"the archive is read, not these"))
    np.testing.assert_array_equal(load_cifar(name, tmp_path).train.labels, labels)


def test_one_digest_packed_or_not_and_another_for_a_changed_pixel(made, tmp_path, monkeypatch):
    name, files, *_ = made
    archive, (packed, plain, spoilt) = (
        ARCHIVES[name],
        (tmp_path / end for end in ("packed", "plain", "spoilt")),
    )
    packed.mkdir()
    digest = pack(packed / archive.name, archive.folder, files)
    monkeypatch.setitem(cifar.ARCHIVES, name, replace(archive, md5=digest))
    extract(plain, files)
    last = archive.test[0]
    extract(spoilt, {**files, last: files[last][:-1] + bytes([files[last][-1] ^ 1])})
    assert cifar_sha256(name, packed) == cifar_sha256(name, plain) != cifar_sha256(name, spoilt)


def noise(archive, rng, even):
    """Files of the right length whose labels are in range, each class as often as it should be if `even`."""
    contents = {}
    for part, each in (
        (archive.train, archive.each[0] // len(archive.train)),
        (archive.test, archive.each[1]),
    ):
        for file in part:
            content, labels, pixels = records(archive, each, rng)
            if not even:
                uneven = np.column_stack([*[labels] * archive.label_bytes, pixels])
                uneven[0, : archive.label_bytes] = (labels[0] + 1) % archive.classes
                content = uneven.astype(np.uint8).tobytes()
            contents[file] = content
    return contents


@pytest.mark.parametrize(
    ("even", "said"), [(False, "class .* of them, not"), (True, "the colours' means are")]
)
def test_random_bytes_of_the_right_length_are_not_the_official_images(made, tmp_path, even, said):
    name, *_ = made
    extract(tmp_path, noise(ARCHIVES[name], np.random.default_rng(1), even))
    with pytest.raises(UserError, match=said) as raised:
        load_cifar(name, tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_there_is_one_line_with_what_to_fetch_where_to_and_what_for(name, tmp_path):
    with pytest.raises(MissingData) as raised:
        load_cifar(name, tmp_path)
    line = str(raised.value)
    assert "\n" not in line
    for part in (ARCHIVES[name].name, cifar.HOME, str(tmp_path), "A-heat"):
        assert part in line


def test_a_file_cut_short_is_named(made, tmp_path):
    name, files, *_ = made
    last = ARCHIVES[name].test[0]
    extract(tmp_path, {**files, last: files[last][:-1]})
    with pytest.raises(UserError, match=f"{last}.*no whole number of records"):
        load_cifar(name, tmp_path)


def test_a_label_out_of_range_is_named(made, tmp_path):
    name, files, *_ = made
    archive = ARCHIVES[name]
    spoilt = bytearray(files[archive.test[0]])
    spoilt[archive.label_bytes - 1] = archive.classes
    extract(tmp_path, {**files, archive.test[0]: bytes(spoilt)})
    with pytest.raises(UserError, match=f"label {archive.classes} is not below"):
        load_cifar(name, tmp_path)


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    with pytest.raises(UserError, match="CIFAR-10, CIFAR-100"):
        load_cifar("CIFAR-7", tmp_path)
