"""The command ``earlyalign data``: write the data sets that cannot be fetched as they are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


class Indices(click.ParamType):
    """Whole numbers separated by commas."""

    name = "indices"

    def convert(
        self, value: Any, parameter: click.Parameter | None, context: click.Context | None
    ) -> list[int]:
        if not isinstance(value, str):
            return value
        try:
            return [int(part) for part in value.split(",")]
        except ValueError:
            self.fail(
                f"{value!r}: write whole numbers separated by commas, such as 207,281", parameter, context
            )


@click.group()
def data() -> None:
    """Data sets for paper A's experiments.

    `earlyalign data biggan --help` shows how to draw images from BigGAN.
    """


@data.command("biggan")
@click.option(
    "--weights", required=True, type=click.Path(path_type=Path), metavar="FOLDER",
    help="Holds config.json and pytorch_model.bin of BigGAN-deep-128.",
)  # fmt: skip
@click.option(
    "--edim", required=True, type=click.IntRange(min=1), metavar="D",
    help="Latent coordinates that vary: 32, 64 or 128 in the paper.",
)  # fmt: skip
@click.option(
    "--n", required=True, type=click.IntRange(min=1), metavar="N", help="Images, all classes together."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="S")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.npz",
    help="data/biggan-edimD.npz is where the experiments look.",
)  # fmt: skip
@click.option(
    "--truncation", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True, metavar="T"
)
@click.option(
    "--classes", type=Indices(), metavar="LIST",
    help="ImageNet's indices; by default ten that stand for CIFAR-10's classes.",
)  # fmt: skip
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
def biggan_command(
    weights: Path,
    edim: int,
    n: int,
    seed: int,
    out: Path,
    truncation: float,
    classes: list[int] | None,
    device: str,
) -> None:
    """Draw N images, 32 x 32, from BigGAN weights on this machine, with their provenance beside them.

    \b
    earlyalign data biggan --weights biggan-deep-128 --edim 32 --n 12000 --out data/biggan-edim32.npz

    Only D of the 128 latent coordinates vary. Needs the extra: pip install -e '.[biggan]'
    in a checkout. Nothing is fetched.
    """
    from earlyalign.data.biggan import check_settings, draw_images, load_biggan, origin
    from earlyalign.data.image_file import check_new_file, provenance_path, write_image_file

    check_new_file(out)
    model = load_biggan(weights, truncation)
    check_settings(model, n, edim, classes, device)
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=n, label="images", file=sys.stderr, hidden=hidden) as bar:
        pixels, labels = draw_images(model, n, edim, seed, truncation, classes, device, bar.update)
    write_image_file(out, pixels, labels, **origin(weights, edim, seed, truncation, classes, device))
    click.echo(
        f"{n} images of {labels.max() + 1} classes, edim {edim}: {out}; provenance: {provenance_path(out)}"
    )
