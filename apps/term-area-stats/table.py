"""The table of areas: a row for each image and class, then for each class over all images."""

import csv
from pathlib import Path
from statistics import mean, median
from typing import Optional

from annotations import AnnotatedImage

ALL_IMAGES = "(all images)"
ALL_CLASSES = "(all classes)"
HEADER = (
    "image", "class", "count", "area_px", "area_um2", "mean_area_px", "median_area_px",
    "mean_area_um2", "median_area_um2", "image_area_px", "area_ratio",
)  # fmt: skip


def area_rows(images: list[AnnotatedImage], pixel_size: Optional[float]) -> list[dict[str, object]]:
    """Count and sum.

    Takes annotated images and the size of a pixel in micrometres, if known. Gives rows keyed by HEADER:
    by image in the order given and class by name, each image closed by a row for all its classes, and
    the same once more over all images. What is not known (micrometres, image size, the mean of nothing)
    is empty. Overlapping annotations are counted each in full, so a ratio can be above 1.
    """
    rows = []
    for image in images:
        rows += _image_rows(image.name, image.areas_by_class, _image_area(image), pixel_size)
    sizes = [_image_area(image) for image in images]
    total = None if None in sizes else sum(sizes)
    return rows + _image_rows(ALL_IMAGES, _merged(images), total, pixel_size)


def write_table(path: Path, rows: list[dict[str, object]]) -> None:
    """Write comma-separated values with a header line (RFC 4180, but lines end with a single newline)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def as_text(rows: list[dict[str, object]]) -> str:
    """The columns a person looks at first, aligned."""
    shown = ("image", "class", "count", "area_px", "area_ratio")
    cells = [list(shown)] + [[str(row[column]) for column in shown] for row in rows]
    widths = [max(len(line[index]) for line in cells) for index in range(len(shown))]
    return "\n".join(_aligned(line, widths) for line in cells)


def _aligned(line: list[str], widths: list[int]) -> str:
    """Names to the left, numbers to the right."""
    names = [cell.ljust(width) for cell, width in zip(line[:2], widths[:2])]
    numbers = [cell.rjust(width) for cell, width in zip(line[2:], widths[2:])]
    return "  ".join(names + numbers).rstrip()


def _image_rows(
    name: str, by_class: dict[str, list[float]], image_area: Optional[int], pixel_size: Optional[float]
) -> list[dict[str, object]]:
    classes = [(class_name, by_class[class_name]) for class_name in sorted(by_class)]
    classes.append((ALL_CLASSES, [area for _, areas in classes for area in areas]))
    return [
        {"image": name, "class": class_name} | _statistics(areas, image_area, pixel_size)
        for class_name, areas in classes
    ]


def _statistics(areas: list[float], image_area: Optional[int], pixel_size: Optional[float]) -> dict[str, object]:
    in_pixels = {
        "area_px": sum(areas),
        "mean_area_px": mean(areas) if areas else None,
        "median_area_px": median(areas) if areas else None,
    }
    square = None if pixel_size is None else pixel_size**2
    in_um2 = {name.replace("_px", "_um2"): _scaled(value, square) for name, value in in_pixels.items()}
    return {
        "count": len(areas),
        **{name: _number(value) for name, value in (in_pixels | in_um2).items()},
        "image_area_px": "" if image_area is None else image_area,
        "area_ratio": "" if image_area is None else _number(sum(areas) / image_area, 6),
    }


def _merged(images: list[AnnotatedImage]) -> dict[str, list[float]]:
    merged: dict[str, list[float]] = {}
    for image in images:
        for class_name, areas in image.areas_by_class.items():
            merged.setdefault(class_name, []).extend(areas)
    return merged


def _image_area(image: AnnotatedImage) -> Optional[int]:
    return None if image.width is None or image.height is None else image.width * image.height


def _scaled(value: Optional[float], factor: Optional[float]) -> Optional[float]:
    return None if value is None or factor is None else value * factor


def _number(value: Optional[float], decimals: int = 4) -> str:
    """Fixed decimals without trailing zeros, so a whole number reads as one and text is the same everywhere."""
    return "" if value is None else f"{value:.{decimals}f}".rstrip("0").rstrip(".")
