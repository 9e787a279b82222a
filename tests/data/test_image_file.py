"""A file of images is read as it was written, or refused in one line that says what is wrong with it."""

import json

import numpy as np
import pytest

from earlyalign.data.image_file import (
    load_image_file,
    provenance_path,
    read_provenance,
    sha256,
    write_image_file,
)
from earlyalign.errors import UserError

ORIGIN = {
    "source": "a test", "weights_sha256": "a", "config_sha256": "b", "classes": [3, 1, 8], "edim": 5,
    "truncation": 0.5, "seed": 2, "device": "cpu", "versions": {"numpy": np.__version__},
}  # fmt: skip


def arrays(n=7):
    rng = np.random.default_rng(0)
    return rng.integers(256, size=(n, 3, 32, 32), dtype=np.uint8), np.arange(n) % 3


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "made" / "set.npz"
    write_image_file(path, *arrays(), **ORIGIN)
    return path


def rewrite(path, **replaced):
    """Other arrays in the file, and its provenance made to fit them."""
    np.savez(path, **replaced)
    change_provenance(path, images_sha256=sha256(path))


def change_provenance(path, **change):
    said = json.loads(provenance_path(path).read_text())
    provenance_path(path).write_text(json.dumps({**said, **change}))


def test_what_is_written_is_read(written):
    pixels, labels = arrays()
    images = load_image_file(written)
    np.testing.assert_array_equal(np.round(images.inputs * 255), pixels)
    np.testing.assert_array_equal(images.labels, labels)
    assert images.classes == 3 and images.inputs.dtype == np.float32 and images.inputs.max() <= 1
    said = read_provenance(written).model_dump()
    assert {**ORIGIN, "n": 7, "images_sha256": sha256(written)} == said
    assert {path.name for path in written.parent.iterdir()} == {"set.npz", "set.json"}


def test_the_same_images_are_the_same_bytes(written, tmp_path):
    write_image_file(tmp_path / "again.npz", *arrays(), **ORIGIN)
    assert (tmp_path / "again.npz").read_bytes() == written.read_bytes()


def test_a_file_is_not_written_over(written):
    before = written.read_bytes()
    with pytest.raises(UserError, match=r"set\.npz exists"):
        write_image_file(written, *arrays(4), **ORIGIN)
    assert written.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "pixels", "labels", "said"),
    [
        ("set.npy", *arrays(), "must end in .npz"),
        ("set.npz", arrays()[0].astype(float), arrays()[1], "images are float64"),
        ("set.npz", arrays()[0], arrays(6)[1], r"images are uint8 \(7"),
        ("set.npz", arrays()[0], arrays()[1] + 1, "labels from 1 to 3"),
    ],
)
def test_what_does_not_fit_is_not_written(tmp_path, name, pixels, labels, said):
    with pytest.raises(UserError, match=said):
        write_image_file(tmp_path / "made" / name, pixels, labels, **ORIGIN)
    assert not (tmp_path / "made").exists()


def test_one_changed_byte_is_noticed(written):
    content = bytearray(written.read_bytes())
    content[len(content) // 2] ^= 1
    written.write_bytes(bytes(content))
    with pytest.raises(UserError, match=r"is damaged or another file.*set\.json"):
        load_image_file(written)


def refused(path, said):
    with pytest.raises(UserError, match=said) as raised:
        load_image_file(path)
    assert "\n" not in str(raised.value)


def test_arrays_of_another_kind_are_refused_even_if_their_checksum_fits(written):
    pixels, labels = arrays()
    cases = {
        "images are float32": {"images": pixels.astype(np.float32), "labels": labels},
        "images are uint8 .*28": {"images": pixels[..., :28, :28], "labels": labels},
        "labels are int32": {"images": pixels, "labels": labels.astype(np.int32)},
        "labels from -1": {"images": pixels, "labels": labels - 1},
        "holds images, not images and labels": {"images": pixels},
        "plain arrays": {"images": np.array([{}], object), "labels": labels},
    }
    for said, replaced in cases.items():
        rewrite(written, **replaced)
        refused(written, said)


def test_a_file_of_another_format_is_refused(written):
    written.write_bytes(b"\x93NUMPY and so on")
    change_provenance(written, images_sha256=sha256(written))
    refused(written, "is not a .npz file")


def test_provenance_that_is_absent_or_wrong_is_refused(written):
    change_provenance(written, n=8)
    refused(written, r"images are uint8 \(7, 3, 32, 32\), not uint8 \(8, 3, 32, 32\)")
    change_provenance(written, n=7, edim=0)
    refused(written, "set.json: edim")
    change_provenance(written, edim=5, host="somewhere")
    refused(written, "set.json: host")
    provenance_path(written).write_text("{")
    refused(written, "set.json: Invalid JSON")
    provenance_path(written).unlink()
    refused(written, "no set.json in .*earlyalign data biggan")


def test_no_file_is_said(tmp_path):
    refused(tmp_path / "set.npz", "no set.npz in")
