"""Images drawn by BigGAN-deep (Brock, Donahue & Simonyan 2019) from weights on disk, the synthetic data of Paper A.

As in Pope et al. (2021), only the first `edim` coordinates of the latent vector vary and the others are zero, so that
the images of a class fill a set of dimension `edim`. The network is that of the package pytorch-pretrained-biggan, the
optional extra ``earlyalign[biggan]``; its weights are read from a folder and never fetched.
"""

from __future__ import annotations

import itertools
import pickle
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pydantic
import torch
from scipy import stats
from torch.nn import functional

from earlyalign.data.image_file import PURPOSE, SHAPE, sha256
from earlyalign.data.missing import missing_data
from earlyalign.errors import UserError, invalid_params

if TYPE_CHECKING:
    from pytorch_pretrained_biggan import BigGAN

CLASSES = {
    404: "airliner",
    817: "sports car",
    22: "bald eagle",
    281: "tabby cat",
    351: "hartebeest",
    207: "golden retriever",
    30: "bullfrog",
    339: "sorrel horse",
    628: "ocean liner",
    867: "trailer truck",
}
"""ImageNet's index and name of the ten classes drawn by default. Our choice, one for each class of CIFAR-10: what we
have of the paper names none."""

PACKAGE = "pytorch-pretrained-biggan"
HOME = "github.com/huggingface/pytorch-pretrained-BigGAN"
CONFIG, WEIGHTS = "config.json", "pytorch_model.bin"
_BATCH = 50
_CUT = 2.0


class Config(pydantic.BaseModel):
    """What the network is built from, as in BigGAN-deep's ``config.json``.

    z_dim                     latent coordinates, 128 in BigGAN-deep-128
    channel_width             feature maps of the last layer
    num_classes               rows of the class embedding, 1000
    layers                    (doubles the side, input width, output width), widths in units of `channel_width`
    attention_layer_position  the layer before which self-attention stands
    eps                       of the batch norms
    n_stats                   truncations, from 0 to 1, whose batch-norm statistics are stored
    """

    model_config = pydantic.ConfigDict(extra="ignore", frozen=True)

    z_dim: pydantic.PositiveInt
    channel_width: pydantic.PositiveInt
    num_classes: pydantic.PositiveInt
    layers: list[tuple[bool, pydantic.PositiveInt, pydantic.PositiveInt]]
    attention_layer_position: pydantic.NonNegativeInt
    eps: pydantic.PositiveFloat
    n_stats: int = pydantic.Field(ge=2)

    @pydantic.model_validator(mode="after")
    def _gives_images(self) -> Config:
        widths = [16, *(end for _, _, end in self.layers)]
        starts = [start for _, start, _ in self.layers]
        halved = all(end in (start, start // 2) for start, end in itertools.pairwise(widths))
        if starts != widths[:-1] or not halved or widths[-1] != 1:
            raise ValueError("layers must lead from width 16 to width 1, each keeping or halving it")
        if self.side < SHAPE[1] or self.side % SHAPE[1]:
            raise ValueError(f"its images have side {self.side}, which is no multiple of {SHAPE[1]}")
        return self

    @property
    def side(self) -> int:
        """Rows and columns of an image."""
        return 4 * 2 ** sum(doubles for doubles, _, _ in self.layers)


def load_biggan(folder: Path | str, truncation: float = 1.0) -> BigGAN:
    """The network in `folder`, in evaluation mode, with the batch-norm statistics of one truncation throughout.

    `folder` holds ``config.json`` and ``pytorch_model.bin`` as distributed (for BigGAN-deep-128 under the names
    ``biggan-deep-128-config.json`` and ``biggan-deep-128-pytorch_model.bin``). Statistics between two stored
    truncations are interpolated linearly; the package's own interpolation weights the two the wrong way round.
    Raises UserError in one line: the extra is not installed, a file is absent (MissingData), damaged, or of another
    network; truncation outside (0, 1].
    """
    if not 0 < truncation <= 1:
        raise UserError(f"truncation = {truncation} must lie in (0, 1]")
    package, place = _package(), Path(folder).expanduser()
    if absent := [name for name in (CONFIG, WEIGHTS) if not (place / name).is_file()]:
        files = " and ".join(f"biggan-deep-128-{name} (renamed to {name})" for name in absent)
        raise missing_data("BigGAN weights", files, HOME, place, PURPOSE)
    config = _config(place / CONFIG)
    model = package.BigGAN(package.BigGANConfig.from_dict(config.model_dump()))
    _fill(model, place / WEIGHTS)
    _fix_statistics(model, truncation)
    return model.eval().requires_grad_(False)


def _package():
    try:
        import pytorch_pretrained_biggan
    except ModuleNotFoundError as error:
        raise UserError(
            f"{error}: BigGAN needs an extra: pip install -e '.[biggan]' in a checkout; it is for {PURPOSE}"
        ) from error
    return pytorch_pretrained_biggan


def _config(path: Path) -> Config:
    try:
        return Config.model_validate_json(path.read_bytes())
    except pydantic.ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise UserError(f"{path} is not JSON") from error
        raise invalid_params(str(path), error, Config.model_fields) from error


def _fill(model: BigGAN, path: Path) -> None:
    """Give the network the tensors of a file, all of them: what it has drawn at random must not stay."""
    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UserError(f"{path} is damaged, or no file of tensors; fetch it again from {HOME}") from error
    try:
        absent = model.load_state_dict(tensors, strict=False).missing_keys
    except (RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise UserError(f"{path} is not of the network in {CONFIG}: {reason}") from error
    if absent:
        raise UserError(f"{path} lacks {len(absent)} tensors of the network in {CONFIG}, such as {absent[0]}")


def _fix_statistics(model: BigGAN, truncation: float) -> None:
    for module in model.modules():
        for name in ("running_means", "running_vars"):
            rows = getattr(module, name, None)
            if isinstance(rows, torch.Tensor):
                position = truncation * (len(rows) - 1)
                low = min(int(position), len(rows) - 2)
                share = position - low
                rows.copy_(((1 - share) * rows[low] + share * rows[low + 1]).expand_as(rows))


def draw_latent(n: int, edim: int, z_dim: int, truncation: float, rng: np.random.Generator) -> np.ndarray:
    """Latent vectors (n, z_dim) float32: `truncation` times standard normals cut at 2 in the first `edim` coordinates,
    zero in the others."""
    latent = np.zeros((n, z_dim), np.float32)
    latent[:, :edim] = truncation * stats.truncnorm.rvs(-_CUT, _CUT, size=(n, edim), random_state=rng)
    return latent


def draw_images(
    model: BigGAN,
    n: int,
    edim: int,
    seed: int,
    truncation: float = 1.0,
    classes: list[int] | None = None,
    device: str = "cpu",
    drawn: Callable[[int], object] = lambda count: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (n, 3, 32, 32) uint8 and labels (n,) int64; label k is ImageNet's class ``classes[k]``, of `CLASSES` if
    None.

    Classes are as equal in number as n allows, in random order. An image is brought to 32 x 32 by the mean of each
    block. One seed, one sample, on one device. `truncation` must be the one that `model` was loaded for. `drawn` is
    told of every batch's size. Raises UserError for n < 1, an edim out of range, classes that are fewer than two, not
    distinct or unknown to the network, a device that is not there, and weights whose images are not finite.
    """
    chosen = list(CLASSES) if classes is None else classes
    check_settings(model, n, edim, chosen, device)
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % len(chosen))
    latent = torch.from_numpy(draw_latent(n, edim, model.config.z_dim, truncation, rng))
    marks = functional.one_hot(torch.tensor(chosen)[labels], model.config.num_classes).float()
    pixels, model = np.empty((n, *SHAPE), np.uint8), model.to(device)
    with torch.inference_mode():
        for start in range(0, n, _BATCH):
            rows = slice(start, start + _BATCH)
            pixels[rows] = _bytes(model(latent[rows].to(device), marks[rows].to(device), truncation))
            drawn(len(latent[rows]))
    return pixels, labels.astype(np.int64)


def check_settings(model: BigGAN, n: int, edim: int, classes: list[int] | None, device: str) -> None:
    """Raises the errors of `draw_images` that can be told before an image is drawn."""
    if n < 1:
        raise UserError(f"n = {n} must be at least 1")
    if not 1 <= edim <= model.config.z_dim:
        raise UserError(f"edim = {edim} must lie in 1..{model.config.z_dim}")
    chosen, last = list(CLASSES) if classes is None else classes, model.config.num_classes - 1
    if len(chosen) < 2 or len(set(chosen)) < len(chosen) or not 0 <= min(chosen) <= max(chosen) <= last:
        raise UserError(f"classes = {chosen}: at least two different ones from 0..{last} are needed")
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("no CUDA device here; allowed: cpu")


def _bytes(images: torch.Tensor) -> np.ndarray:
    if not torch.isfinite(images).all():
        raise UserError("the weights give images that are not finite; fetch them again")
    small = functional.interpolate(images, size=SHAPE[1:], mode="area")
    return ((small + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()


def origin(
    folder: Path | str, edim: int, seed: int, truncation: float, classes: list[int] | None, device: str
) -> dict[str, object]:
    """What `image_file.write_image_file` records of images drawn with these settings from the weights in `folder`."""
    place = Path(folder).expanduser()
    packages = ("numpy", "scipy", "torch", PACKAGE)
    return {
        "source": "BigGAN-deep",
        "weights_sha256": sha256(place / WEIGHTS),
        "config_sha256": sha256(place / CONFIG),
        "classes": list(CLASSES) if classes is None else classes,
        "edim": edim,
        "truncation": truncation,
        "seed": seed,
        "device": device,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
    }
