"""Nuclei segmentation of one stained picture: label image, outlines, measurements and an overlay."""

import argparse
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

from measure import columns, measurements, write_table
from outlines import ObjectStyle, PictureFacts, draw_outlines, facts_of, feature, outlines_of, write_geojson
from pictures import PictureError, read_mask, read_picture, write_labels, write_picture
from segment import STAINS, THRESHOLD_METHODS, SegmentationRules, segment_nuclei, stain_amounts

EXIT_USAGE = 2
EXIT_UNREADABLE = 3
EXIT_MASK_SIZE = 4
EXIT_CANNOT_WRITE = 5

INTENSITIES = (*STAINS, "brightness")
# Yellow is far from both the blue of haematoxylin and the brown of DAB.
OUTLINE_COLOUR = (255, 230, 0)
# Percent done when a step ends; the rest of the way goes by nucleus.
PROGRESS_READ, PROGRESS_STAINS, PROGRESS_SEGMENTED = 5, 20, 50


class Failure(Exception):
    """The run cannot go on: what to say in one line, and the exit code of the descriptor's error-codes."""

    def __init__(self, exit_code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def main(arguments: list[str]) -> int:
    """Run the app; gives the exit code, one of the descriptor's error-codes or 0."""
    options = parse(arguments)
    try:
        run(options)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.exit_code
    except OSError as error:
        print(f"error: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
        return EXIT_CANNOT_WRITE
    return 0


def run(options: argparse.Namespace) -> None:
    """Read, segment, measure, write. Raises Failure, or OSError when an output cannot be written."""
    with tqdm(total=100, desc="Segmenting nuclei", ncols=80, unit="%", mininterval=0, miniters=1) as bar:
        rgb = readable(read_picture, options.image)
        region = None if options.region_mask is None else readable(read_mask, options.region_mask)
        if region is not None and region.shape != rgb.shape[:2]:
            sizes = f"{options.region_mask.name} is {size(region)} pixels, the picture is {size(rgb)}"
            raise Failure(EXIT_MASK_SIZE, sizes)
        advance(bar, PROGRESS_READ)
        amounts = stain_amounts(rgb)
        advance(bar, PROGRESS_STAINS)
        rules = rules_of(options)
        labels = segment_nuclei(amounts[rules.stain], region, rules)
        advance(bar, PROGRESS_SEGMENTED)
        pictures = {**amounts, "brightness": rgb.mean(axis=2)}
        measured = {name: pictures[name] for name in options.measure or []}
        rows = []
        for row in measurements(labels, measured, options.pixel_size):
            rows.append(row)
            advance(bar, PROGRESS_SEGMENTED + (99 - PROGRESS_SEGMENTED) * len(rows) // int(labels.max()))
        for path in (options.labels, options.objects, options.table, options.overlay):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_labels(options.labels, labels)
        facts = facts_of(options.image, rgb)
        write_geojson(options.objects, features_of(labels, rows, options.class_name, facts), facts)
        write_table(options.table, rows, columns(measured, options.pixel_size))
        write_picture(options.overlay, draw_outlines(rgb, labels, OUTLINE_COLOUR, width=1))
        advance(bar, 100)
    covered = f"{100 * float((labels > 0).mean()):.1f}% of {size(rgb)} pixels"
    print(f"{options.image.name}: {len(rows)} nuclei, {covered}")


def features_of(labels: np.ndarray, rows: list[dict], class_name: str, facts: PictureFacts) -> list[dict]:
    """Outline each nucleus; gives GeoJSON features that carry the measurements, by number."""
    style = ObjectStyle("detection", class_name, OUTLINE_COLOUR)
    features = []
    for row, (number, outline) in zip(rows, outlines_of(labels), strict=True):
        shown = {key: value for key, value in row.items() if key != "label"}
        identity = f"nuclei-segment:{facts.sha256}:{number}"
        features.append(feature(outline, f"{class_name} {number}", style, identity, shown))
    return features


def readable(read, path: Path) -> np.ndarray:
    """Read a picture or mask. Raises Failure with the file's name."""
    try:
        return read(path)
    except PictureError as error:
        raise Failure(EXIT_UNREADABLE, f"{path.name} {error}") from error


def advance(bar: tqdm, percent: int) -> None:
    """Move the bar to a percentage; it never goes back, and draws only when the number changes."""
    if percent > bar.n:
        bar.update(percent - bar.n)


def size(picture: np.ndarray) -> str:
    """Width x height, for people."""
    return f"{picture.shape[1]} x {picture.shape[0]}"


def rules_of(options: argparse.Namespace) -> SegmentationRules:
    """The segmentation's rules among the options; what was not given keeps its default."""
    given = {name: getattr(options, name) for name in SegmentationRules._fields}
    return SegmentationRules(**{name: value for name, value in given.items() if value is not None})


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read and check the parameters; exits 2 with the reason when they are wrong."""
    parser = argparse.ArgumentParser(prog="nuclei-segment", description=__doc__, allow_abbrev=False)
    parser.add_argument("image", type=Path)
    parser.add_argument("--region-mask", type=Path)
    parser.add_argument("--stain", choices=STAINS)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--threshold-method", choices=THRESHOLD_METHODS)
    how.add_argument("--fixed-threshold", type=float)
    parser.add_argument("--local-block-size", type=int)
    parser.add_argument("--smoothing-sigma", type=float)
    parser.add_argument("--min-area", type=int)
    parser.add_argument("--max-area", type=int)
    parser.add_argument("--drop-border-nuclei", action="store_true")
    parser.add_argument("--measure", type=lambda text: text.split(","), help=", ".join(INTENSITIES))
    parser.add_argument("--pixel-size", type=float, help="micrometres")
    parser.add_argument("--class-name", default="Nucleus")
    for output in ("--labels", "--objects", "--table", "--overlay"):
        parser.add_argument(output, type=Path, required=True)
    options = parser.parse_args(arguments)
    for fault in faults(options, rules_of(options)):
        parser.error(fault)
    return options


def faults(options: argparse.Namespace, rules: SegmentationRules) -> list[str]:
    """What is wrong with the parameters, each as a sentence."""
    unknown = ", ".join(name for name in options.measure or [] if name not in INTENSITIES)
    areas = f"{rules.min_area} and {rules.max_area}"
    checks = (
        (unknown == "", f"--measure does not know {unknown}; it knows {', '.join(INTENSITIES)}"),
        (
            rules.local_block_size >= 3 and rules.local_block_size % 2 == 1,
            f"--local-block-size must be odd and at least 3 (got {rules.local_block_size})",
        ),
        (1 <= rules.min_area <= rules.max_area, f"--min-area must be 1 to --max-area (got {areas})"),
        (0 <= rules.smoothing_sigma <= 50, f"--smoothing-sigma must be 0 to 50 (got {rules.smoothing_sigma})"),
        (
            options.pixel_size is None or 0 < options.pixel_size < float("inf"),
            f"--pixel-size must be above 0 (got {options.pixel_size})",
        ),
    )
    return [sentence for holds, sentence in checks if not holds]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
