"""Brings fitted tree models to Ratchet.

    from ratchet_model import pack, push

    package = pack(estimator, frame, "deploy/models/apples.yaml", folder="apples-package")
    push(package)

``pack`` writes the model, a manifest and rows that the estimator itself has answered; Ratchet serves the model only if it
answers them alike to 1e-6. ``push`` registers the folder over HTTP; ``ratchet register apples-package`` does the same.
"""
from .errors import PackError, PushError, RatchetModelError
from .pack import Package, pack
from .push import push

__all__ = ["Package", "PackError", "PushError", "RatchetModelError", "pack", "push"]
__version__ = "0.1.0"
