"""How the practice items name a case: in claims and in figures."""

from __future__ import annotations

from earlyalign.over_alignment.practice.params import Case

TASKS = {
    "generator": "generated images", "biggan": "BigGAN images", "cifar10": "CIFAR-10", "cifar100": "CIFAR-100",
    "fashion-mnist": "Fashion-MNIST", "digits": "digits",
}  # fmt: skip
NETWORKS = {
    "cnn": "five-layer CNN", "vgg19": "VGG-19", "vgg19_bn": "VGG-19 with BatchNorm", "resnet18": "ResNet-18",
    "resnet34": "ResNet-34", "resnet50": "ResNet-50",
}  # fmt: skip


def data_words(case: Case) -> str:
    """The data of a case in words, such as ``generated images of edim 32``."""
    return TASKS[case.task] + (f" of edim {case.edim}" if case.edim else "")


def case_words(case: Case) -> str:
    """Data and network of a case in words."""
    return f"{data_words(case)}, {NETWORKS[case.network]} of width {case.width}, n = {case.samples}"
