"""Area, count and share of the image for each class of annotations, as one table over all images."""

import argparse
import re
import sys
from pathlib import Path

from annotations import AnnotatedImage, AnnotationError, one_for_each_picture, read_annotations
from table import area_rows, as_text, write_table

EXIT_INVALID = 3
EXIT_CANNOT_WRITE = 5


def main(arguments: list[str]) -> int:
    """Run the app; gives the exit code, one of the descriptor's error-codes or 0."""
    options = parse(arguments)
    try:
        images = [read_annotations(path) for path in options.annotations]
    except AnnotationError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_INVALID
    pictures = one_for_each_picture(sized(images, options.image_sizes))
    rows = area_rows(pictures, options.pixel_size)
    try:
        options.table.parent.mkdir(parents=True, exist_ok=True)
        write_table(options.table, rows)
    except OSError as error:
        print(f"error: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_CANNOT_WRITE
    print(as_text(rows))
    return 0


def sized(images: list[AnnotatedImage], sizes: list[tuple[int, int]]) -> list[AnnotatedImage]:
    """Put given sizes in place of those the files tell: one for all images, or one for each."""
    if len(sizes) == 1:
        sizes = sizes * len(images)
    return [image._replace(width=width, height=height) for image, (width, height) in zip(images, sizes)] or images


def image_size(text: str) -> tuple[int, int]:
    """Parse WIDTHxHEIGHT in pixels."""
    match = re.fullmatch(r"([1-9][0-9]*)x([1-9][0-9]*)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, for example 512x512")
    return int(match[1]), int(match[2])


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read and check the parameters; exits 2 with the reason when they are wrong."""
    parser = argparse.ArgumentParser(prog="term-area-stats", description=__doc__, allow_abbrev=False)
    parser.add_argument("--annotations", type=Path, nargs="+", required=True)
    parser.add_argument("--image-sizes", type=image_size, nargs="+", default=[])
    parser.add_argument("--pixel-size", type=float, help="micrometres")
    parser.add_argument("--table", type=Path, required=True)
    options = parser.parse_args(arguments)
    if len(options.image_sizes) not in (0, 1, len(options.annotations)):
        parser.error(
            f"--image-sizes needs one size for all or one for each file"
            f" (got {len(options.image_sizes)} for {len(options.annotations)} files)"
        )
    if options.pixel_size is not None and not 0 < options.pixel_size < float("inf"):
        parser.error(f"--pixel-size must be above 0 (got {options.pixel_size})")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
