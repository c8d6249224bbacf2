"""Which pictures differ from the others of their set: blurred, dark, over-exposed, of another size or format.

A picture is odd only if it stands out from its set *and* from its class, by far, and if few do: a class of smooth
parts is not blurred, and a lamp that was off for a tenth of the pictures is a fact about the set. Beyond that, a limit
that holds for all sets must be passed, so that nothing is odd where all are much the same.

The limits were chosen on 4,136 photographs of steel strip, bees and hands: of 180 copies of them that were blurred by
1 % of their width, four in five stand out, and of the originals none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]

_DEVIATIONS = 3.5  # robust standard deviations from the median, after Iglewicz and Hoaglin (1993)
_FEW = 0.05  # of the pictures; more than that are a part of the set, not its outliers
_SMALLEST_CLASS = 8  # pictures that a class needs to be compared with itself

_BLURRED_BELOW = 2e-3  # sharpness; no picture above is called blurred
_SHARPNESS_SPREAD = 0.25  # of its logarithm, at least
_DARK_BELOW, _BRIGHT_ABOVE = 0.25, 0.75  # brightness
_BLACK_BELOW, _WHITE_ABOVE = 0.02, 0.985  # nothing can be seen, whatever the others are like
_BRIGHTNESS_SPREAD = 0.02

_USUAL = 0.9  # of the pictures share a size or format; the others are odd if they are few
_CLOSE = 1.1  # edges that differ by less are the same size
_TINY = 32  # pixels of the shorter side
_AREA_SPREAD = 0.5  # of its logarithm to the base 2
_AREA_TIMES = 8  # larger or smaller than the median, at least


def blurred(sharpness: Values, labels: NDArray[np.int32]) -> Mask:
    values = np.log(np.maximum(sharpness, 1e-9))
    return (sharpness < _BLURRED_BELOW) & _outliers(-values, labels, _SHARPNESS_SPREAD)


def dark(brightness: Values, labels: NDArray[np.int32]) -> Mask:
    stands_out = (brightness < _DARK_BELOW) & _outliers(-brightness, labels, _BRIGHTNESS_SPREAD)
    return stands_out | (brightness < _BLACK_BELOW)


def too_bright(brightness: Values, labels: NDArray[np.int32]) -> Mask:
    stands_out = (brightness > _BRIGHT_ABOVE) & _outliers(brightness, labels, _BRIGHTNESS_SPREAD)
    return stands_out | (brightness > _WHITE_ABOVE)


def odd_size(width: NDArray[np.int32], height: NDArray[np.int32]) -> Mask:
    """Of another size than nearly all; where sizes vary, far larger or smaller than most."""
    if not len(width):
        return np.zeros(0, np.bool_)
    sizes, counts = np.unique(width.astype(np.int64) << 32 | height, return_counts=True)
    usual = int(sizes[np.argmax(counts)])
    same: Mask = _close(width, usual >> 32) & _close(height, usual & 0xFFFFFFFF)
    if same.mean() >= _USUAL:
        return _if_few(np.logical_not(same))
    area: Values = np.log2(width.astype(np.float64) * height)
    away = np.abs(area - np.median(area))
    far = (away > np.log2(_AREA_TIMES)) & (_deviations(away, _AREA_SPREAD) > _DEVIATIONS)
    shorter = np.minimum(width, height)
    tiny = (shorter < _TINY) & (np.median(shorter) >= 2 * _TINY)
    return _if_few(np.asarray(far | tiny))


def _close(edges: NDArray[np.int32], usual: int) -> Mask:
    ratio = edges / usual
    return np.asarray((ratio < _CLOSE) & (ratio > 1 / _CLOSE))


def odd_format(formats: NDArray[Any]) -> Mask:
    """Of another file format or kind of pixels (grey, colour) than nearly all; `formats`: a name or number of each."""
    if not len(formats):
        return np.zeros(0, np.bool_)
    _, kind, counts = np.unique(formats, return_inverse=True, return_counts=True)
    unusual: Mask = kind != np.argmax(counts)
    return _if_few(unusual)


def _outliers(values: Values, labels: NDArray[np.int32], spread: float) -> Mask:
    """Far above both the set and their class, and few. Unlabelled pictures are compared with the set alone."""
    out = _deviations(values, spread) > _DEVIATIONS
    for label in np.unique(labels[out & (labels >= 0)]).tolist():
        rows = np.flatnonzero(labels == label)
        if len(rows) >= _SMALLEST_CLASS:
            out[rows] &= _deviations(values[rows], spread) > _DEVIATIONS
    return _if_few(out)


def _if_few(mask: Mask) -> Mask:
    """The same, or nothing where it is a considerable part of the set. A single picture is always few."""
    return mask if np.count_nonzero(mask) <= max(1, _FEW * len(mask)) else np.zeros_like(mask)


def _deviations(values: Values, spread: float) -> Values:
    """How many robust standard deviations, of at least `spread`, the values lie above their median."""
    if not len(values):
        return values
    median = np.median(values)
    deviation = max(1.4826 * float(np.median(np.abs(values - median))), spread)
    result: Values = (values - median) / deviation
    return result
