"""BigGAN from weights on disk: a random network of that class, its latent vectors, classes, statistics and refusals."""

import json
import sys

import numpy as np
import pytest
import torch

from earlyalign.data import biggan
from earlyalign.data.biggan import CLASSES, CONFIG, WEIGHTS, draw_images, draw_latent, load_biggan, origin
from earlyalign.data.missing import MissingData
from earlyalign.errors import UserError

TEN = list(range(10))


def draw(folder, n=20, edim=32, seed=0, truncation=1.0):
    return draw_images(load_biggan(folder, truncation), n, edim, seed, truncation, TEN)


def with_tensors(folder, place, change):
    """A copy of the weights in `folder` whose tensors `change` has altered."""
    tensors = torch.load(folder / WEIGHTS, weights_only=True)
    change(tensors)
    (place / CONFIG).write_bytes((folder / CONFIG).read_bytes())
    torch.save(tensors, place / WEIGHTS)
    return place


def with_config(folder, place, **change):
    values = json.loads((folder / CONFIG).read_text()) | change
    (place / CONFIG).write_text(json.dumps(values))
    (place / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
    return place


def test_images_are_bytes_of_32_by_32_with_even_classes(small_biggan):
    pixels, labels = draw(small_biggan, n=63)
    assert pixels.shape == (63, 3, 32, 32) and pixels.dtype == np.uint8
    assert labels.dtype == np.int64 and sorted(np.bincount(labels)) == [6] * 7 + [7] * 3
    assert pixels.std() > 20


def test_one_seed_is_one_sample_and_another_seed_is_another(small_biggan):
    (first, labels), (again, same), (other, _) = (draw(small_biggan, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(first, other)


def test_an_image_is_the_networks_own_brought_down_by_block_means(small_biggan):
    model, rng = load_biggan(small_biggan), np.random.default_rng(7)
    pixels, labels = draw_images(model, 6, 16, 7, classes=TEN)
    rng.permutation(np.arange(6) % 10)
    latent = torch.from_numpy(draw_latent(6, 16, 128, 1.0, rng))
    with torch.no_grad():
        large = model(latent, torch.eye(12)[labels], 1.0).numpy()
    blocks = large.reshape(6, 3, 32, 2, 32, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(pixels, (blocks + 1) * 127.5, atol=0.51)


def test_latent_coordinates_beyond_edim_are_zero_and_the_others_are_cut_normals():
    latent = draw_latent(4000, 32, 128, 0.5, np.random.default_rng(0))
    assert latent.shape == (4000, 128) and latent.dtype == np.float32
    assert not latent[:, 32:].any() and latent[:, :32].all()
    assert 0.99 < np.abs(latent).max() <= 1.0
    deviation = 0.5 * np.sqrt(biggan.stats.truncnorm(-2, 2).var())
    assert latent[:, :32].std() == pytest.approx(deviation, rel=0.02)


def test_weights_of_the_latent_coordinates_beyond_edim_do_not_matter(small_biggan, tmp_path):
    def folder(name, strength):
        def change(tensors):
            tensors["generator.gen_z.weight_v"][32:128] = 0
            tensors["generator.gen_z.weight_orig"][:, 32:128] += strength

        (tmp_path / name).mkdir()
        return with_tensors(small_biggan, tmp_path / name, change)

    still, moved = folder("still", 0.0), folder("moved", 0.1)
    np.testing.assert_array_equal(draw(still, edim=32)[0], draw(moved, edim=32)[0])
    assert not np.array_equal(draw(still, edim=64)[0], draw(moved, edim=64)[0])


def test_statistics_between_two_stored_truncations_are_interpolated(small_biggan):
    for truncation in (0.1, 0.58, 0.94, 1.0):
        model = load_biggan(small_biggan, truncation)
        expected = 0.05 + 0.25 * truncation
        for module in model.modules():
            if hasattr(module, "running_vars"):
                np.testing.assert_allclose(module.running_vars, expected, rtol=1e-5)


def test_the_default_classes_are_ten_of_imagenets_thousand():
    assert len(CLASSES) == 10 and all(0 <= index < 1000 for index in CLASSES)


def test_the_origin_tells_one_file_of_weights_from_another(small_biggan, tmp_path):
    settings = {"edim": 32, "seed": 1, "truncation": 1.0, "classes": TEN, "device": "cpu"}
    other = with_tensors(small_biggan, tmp_path, lambda tensors: tensors["embeddings.weight"].add_(1))
    first, again, changed = (origin(folder, **settings) for folder in (small_biggan, small_biggan, other))
    assert first == again and first["classes"] == TEN
    assert first["config_sha256"] == changed["config_sha256"]
    assert first["weights_sha256"] != changed["weights_sha256"]
    assert first["versions"].keys() == {"python", "numpy", "scipy", "torch", "pytorch-pretrained-biggan"}


def test_no_weights_is_one_line_with_what_to_fetch_where_to_and_what_for(tmp_path):
    with pytest.raises(MissingData) as raised:
        load_biggan(tmp_path)
    line = str(raised.value)
    assert "\n" not in line
    for part in ("biggan-deep-128-config.json", WEIGHTS, biggan.HOME, str(tmp_path), "A-edim"):
        assert part in line


def test_without_the_extra_one_line_says_how_to_get_it(small_biggan, monkeypatch):
    monkeypatch.setitem(sys.modules, "pytorch_pretrained_biggan", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[biggan\]'.*A-edim"):
        load_biggan(small_biggan)


@pytest.mark.parametrize("spoil", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"GIF89a" + b])
def test_damaged_weights_are_refused(small_biggan, tmp_path, spoil):
    folder = with_config(small_biggan, tmp_path)
    (folder / WEIGHTS).write_bytes(spoil((folder / WEIGHTS).read_bytes()))
    with pytest.raises(UserError, match=f"{WEIGHTS} is damaged"):
        load_biggan(folder)


def test_weights_that_would_run_code_are_refused(small_biggan, tmp_path):
    folder = with_config(small_biggan, tmp_path)
    torch.save({"embeddings.weight": print}, folder / WEIGHTS)
    with pytest.raises(UserError, match=f"{WEIGHTS} is damaged, or no file of tensors"):
        load_biggan(folder)


WRONG_TENSORS = {
    "absent": (lambda tensors: tensors.pop("generator.gen_z.bias"), "lacks 1 tensors.*generator.gen_z.bias"),
    "of another shape": (
        lambda tensors: tensors.update({"embeddings.weight": torch.ones(3)}),
        "size mismatch",
    ),
    "not finite": (lambda tensors: tensors["embeddings.weight"].fill_(np.nan), "not finite"),
}


@pytest.mark.parametrize("case", WRONG_TENSORS)
def test_weights_that_do_not_fill_the_network_are_refused(small_biggan, tmp_path, case):
    change, said = WRONG_TENSORS[case]
    with pytest.raises(UserError, match=said) as raised:
        draw(with_tensors(small_biggan, tmp_path, change))
    assert "\n" not in str(raised.value)


WRONG_CONFIG = {
    "no width": ({"channel_width": 0}, "channel_width = 0"),
    "one truncation": ({"n_stats": 1}, "n_stats = 1"),
    "too small": ({"layers": [[True, 16, 8], [True, 8, 4], [False, 4, 2], [False, 2, 1]]}, "side 16"),
    "broken chain": ({"layers": [[True, 16, 8], [True, 16, 8]]}, "keeping or halving"),
    "other widths": ({"channel_width": 16}, "size mismatch"),
}


@pytest.mark.parametrize("case", WRONG_CONFIG)
def test_a_config_that_makes_no_such_network_is_refused(small_biggan, tmp_path, case):
    change, said = WRONG_CONFIG[case]
    with pytest.raises(UserError, match=said) as raised:
        load_biggan(with_config(small_biggan, tmp_path, **change))
    assert "\n" not in str(raised.value)


def test_a_config_that_is_not_json_is_refused(small_biggan, tmp_path):
    (with_config(small_biggan, tmp_path) / CONFIG).write_text("side: 128")
    with pytest.raises(UserError, match=r"config\.json is not JSON"):
        load_biggan(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n": 0}, "n = 0"),
        ({"edim": 0}, "edim = 0 must lie in 1..128"),
        ({"edim": 129}, "edim = 129 must lie in 1..128"),
        ({"classes": [1]}, "at least two"),
        ({"classes": [1, 1]}, "different"),
        ({"classes": [0, 12]}, r"0\.\.11"),
    ],
)
def test_settings_out_of_range_are_refused(small_biggan, change, said):
    values = {"n": 4, "edim": 8, "seed": 0, "classes": TEN, **change}
    with pytest.raises(UserError, match=said):
        draw_images(load_biggan(small_biggan), **values)


@pytest.mark.parametrize("truncation", [0.0, 1.5])
def test_a_truncation_out_of_range_is_refused(small_biggan, truncation):
    with pytest.raises(UserError, match=r"\(0, 1\]"):
        load_biggan(small_biggan, truncation)
