"""Nuclei on a stained section: colour deconvolution, threshold, watershed on the distance transform."""

from typing import NamedTuple, Optional

import numpy as np
from scipy import ndimage
from skimage.color import rgb2hed
from skimage.filters import threshold_li, threshold_otsu, threshold_triangle
from skimage.measure import label
from skimage.morphology import disk, h_maxima, remove_small_objects
from skimage.segmentation import clear_border, relabel_sequential, watershed

STAINS = ("hematoxylin", "eosin", "dab")
GLOBAL_THRESHOLDS = {"otsu": threshold_otsu, "li": threshold_li, "triangle": threshold_triangle}
THRESHOLD_METHODS = ("local", *GLOBAL_THRESHOLDS)

# A local threshold finds "nuclei" in the noise of empty glass; below this share of Otsu's threshold
# for the whole picture there is too little stain to be one.
LOCAL_FLOOR_SHARE = 0.7
# Stain amounts are kept to this many decimals: processors differ in the last bits of a logarithm, and
# a nucleus must not depend on them.
STAIN_DECIMALS = 6
# Nuclei that touch are split where the ridge between their centres is this much lower, in pixels.
SPLIT_DEPTH = 0.4


class SegmentationRules(NamedTuple):
    """What counts as a nucleus. Lengths in pixels, areas in square pixels."""

    stain: str = "hematoxylin"
    threshold_method: str = "local"
    fixed_threshold: Optional[float] = None
    local_block_size: int = 51
    smoothing_sigma: float = 1.5
    min_area: int = 40
    max_area: int = 2000
    drop_border_nuclei: bool = False


def stain_amounts(rgb: np.ndarray) -> dict[str, np.ndarray]:
    """Separate the stains (Ruifrok and Johnston 2001).

    Takes 8-bit RGB (height, width, 3). Gives for each of STAINS an array (height, width) of its optical
    density, 0 where there is none.
    """
    separated = np.round(rgb2hed(rgb), STAIN_DECIMALS)
    return {stain: separated[:, :, index] for index, stain in enumerate(STAINS)}


def segment_nuclei(amount: np.ndarray, region: Optional[np.ndarray], rules: SegmentationRules) -> np.ndarray:
    """Find nuclei.

    Takes the amount of the nuclear stain (height, width) and, if only a part is wanted, a mask of it.
    Gives the nuclei's numbers as int32 (height, width), 0 elsewhere; numbers rise in reading order and
    each nucleus is one 4-connected piece.
    """
    smooth = ndimage.gaussian_filter(amount, rules.smoothing_sigma)
    stained = smooth > threshold(smooth, rules)
    if region is not None:
        stained &= region
    stained = ndimage.binary_fill_holes(ndimage.binary_opening(stained, disk(2)))
    stained = remove_small_objects(stained, rules.min_area, connectivity=1)
    return _keep_plausible(_split_touching(stained), rules)


def threshold(smooth: np.ndarray, rules: SegmentationRules) -> np.ndarray | float:
    """The amount of stain above which a pixel is nucleus: one number, or one for each pixel."""
    if rules.fixed_threshold is not None:
        return rules.fixed_threshold
    if smooth.min() == smooth.max():
        # One even colour has no two classes to tell apart, so nothing of it is nucleus.
        return float(smooth.max())
    if rules.threshold_method in GLOBAL_THRESHOLDS:
        return float(GLOBAL_THRESHOLDS[rules.threshold_method](smooth))
    # Six standard deviations hold nearly all of a Gaussian, so that many make the block.
    around = ndimage.gaussian_filter(smooth, (rules.local_block_size - 1) / 6)
    return np.maximum(around, LOCAL_FLOOR_SHARE * threshold_otsu(smooth))


def _split_touching(stained: np.ndarray) -> np.ndarray:
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(stained), 1)
    centres = label(h_maxima(depth, SPLIT_DEPTH), connectivity=2)
    return watershed(-depth, centres, mask=stained)


def _keep_plausible(nuclei: np.ndarray, rules: SegmentationRules) -> np.ndarray:
    if rules.drop_border_nuclei:
        nuclei = clear_border(nuclei)
    areas = np.bincount(nuclei.ravel())
    wrong = (areas < rules.min_area) | (areas > rules.max_area)
    wrong[0] = False
    nuclei = np.where(wrong[nuclei], 0, nuclei)
    # A split can leave crumbs that touch their nucleus at a corner only; one number is one piece.
    return _reading_order(label(nuclei, connectivity=1), rules.min_area)


def _reading_order(nuclei: np.ndarray, min_area: int) -> np.ndarray:
    areas = np.bincount(nuclei.ravel())
    return relabel_sequential(np.where(areas[nuclei] < min_area, 0, nuclei))[0].astype(np.int32)
