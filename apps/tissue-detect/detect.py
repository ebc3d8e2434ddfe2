"""Where the tissue is on a brightfield picture: an adaptive threshold against the glass around it."""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import disk, remove_small_holes, remove_small_objects

# Lighting falls off towards the corners of a field, but glass is never this much darker than the
# brightest glass of the picture: what is darker is tissue, even where a block holds nothing else.
GLASS_DARKEST_SHARE = 0.85


class DetectionRules(NamedTuple):
    """What counts as tissue. Lengths are pixels of the reduced picture, areas are percent of the picture."""

    max_image_size: int = 2048
    threshold_blocksize: int = 951
    threshold_constant: float = 12
    erode_iterations: int = 3
    dilate_iterations: int = 3
    image_area_perc_threshold: float = 0.5


def detect_tissue(rgb: np.ndarray, rules: DetectionRules) -> np.ndarray:
    """Find tissue pieces.

    Takes an 8-bit RGB picture (height, width, 3). Gives the pieces' numbers as int32 (height, width), 0
    for glass; numbers rise in reading order and each piece is 4-connected.
    """
    height, width = rgb.shape[:2]
    reduced = _reduce(rgb, rules.max_image_size)
    tissue = _enlarge(_threshold(reduced, rules), width, height)
    smallest = max(1, round(height * width * rules.image_area_perc_threshold / 100))
    tissue = remove_small_objects(tissue, smallest, connectivity=1)
    tissue = remove_small_holes(tissue, smallest, connectivity=1)
    return label(tissue, connectivity=1).astype(np.int32)


def _reduce(rgb: np.ndarray, longest_side: int) -> np.ndarray:
    height, width = rgb.shape[:2]
    if max(height, width) <= longest_side:
        return rgb
    scale = longest_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX))


def _threshold(rgb: np.ndarray, rules: DetectionRules) -> np.ndarray:
    """Tissue is darker, in its darkest channel, than the glass of its neighbourhood by more than the constant.

    The darkest channel sees pale stains of any colour. The glass level is the brightest smoothed value
    within the block, itself smoothed over the block, so it follows uneven lighting.
    """
    level = ndimage.gaussian_filter(rgb.min(axis=2).astype(np.float64), 1)
    block = rules.threshold_blocksize
    glass = ndimage.maximum_filter(ndimage.gaussian_filter(level, 2), block, mode="nearest")
    glass = ndimage.uniform_filter(glass, block, mode="nearest")
    glass = np.maximum(glass, GLASS_DARKEST_SHARE * glass.max())
    tissue = level < glass - rules.threshold_constant
    # Dilation first: connective tissue is fibres with glass-bright gaps, and they belong together.
    closed = _repeat(ndimage.binary_dilation, tissue, rules.dilate_iterations)
    return _repeat(ndimage.binary_erosion, closed, rules.erode_iterations)


def _repeat(operation, mask: np.ndarray, iterations: int) -> np.ndarray:
    """Apply an erosion or dilation; the outside of the picture counts as more of the same."""
    if iterations == 0:
        return mask
    margin = 2 * iterations
    wide = np.pad(mask, margin, mode="edge")
    return operation(wide, disk(2), iterations=iterations)[margin:-margin, margin:-margin]


def _enlarge(mask: np.ndarray, width: int, height: int) -> np.ndarray:
    """Bring a mask back to full size with smooth outlines instead of blocks."""
    if mask.shape == (height, width):
        return mask
    share = Image.fromarray(mask.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(share) >= 0.5
