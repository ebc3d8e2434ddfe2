"""Numbers about each nucleus, and the table of them."""

import csv
from pathlib import Path
from typing import Iterator, Optional

import numpy as np
from skimage.measure import regionprops


def measurements(
    labels: np.ndarray, intensities: dict[str, np.ndarray], pixel_size: Optional[float]
) -> Iterator[dict[str, float]]:
    """Measure each object by rising number.

    Takes object numbers (height, width), named pictures of the same size to average, and the size of a
    pixel in micrometres if known. Lengths are pixels, areas square pixels; the centroid counts from the
    picture's top left corner, as the outlines do, so a pixel's centre is at a half.
    """
    names = list(intensities)
    stack = np.dstack([intensities[name] for name in names]) if names else None
    for region in regionprops(labels, intensity_image=stack):
        row, column = region.centroid
        values = {
            "label": region.label,
            "area_px": int(region.area),
            **({} if pixel_size is None else {"area_um2": round(float(region.area) * pixel_size**2, 4)}),
            "centroid_x": round(column + 0.5, 4),
            "centroid_y": round(row + 0.5, 4),
            "perimeter_px": round(region.perimeter, 4),
            "eccentricity": round(region.eccentricity, 4),
        }
        means = np.atleast_1d(region.mean_intensity) if names else []
        yield values | {f"mean_{name}": round(float(mean), 5) for name, mean in zip(names, means)}


def columns(intensities: dict[str, np.ndarray], pixel_size: Optional[float]) -> list[str]:
    """The table's columns, also when there is no object to take them from."""
    one_pixel = np.ones((1, 1), dtype=np.int32)
    pictures = {name: np.zeros((1, 1)) for name in intensities}
    return list(next(measurements(one_pixel, pictures, pixel_size)))


def write_table(path: Path, rows: list[dict[str, float]], header: list[str]) -> None:
    """Write comma-separated values with a header line (RFC 4180, but lines end with a single newline)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
