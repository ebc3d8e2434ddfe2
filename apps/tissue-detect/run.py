"""Tissue detection as a Cytomine app in BIAFLOWS folder mode: pictures in, GeoJSON, masks and overlays out."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from detect import DetectionRules, detect_tissue
from outlines import ObjectStyle, draw_outlines, facts_of, feature, outlines_of, write_geojson
from pictures import PICTURE_SUFFIXES, PictureError, read_picture, write_labels, write_picture
from progress import LOG_LEVELS, logger, report_status, start_logging

EXIT_FAILED = 1
EXIT_USAGE = 2
# Green is in no common stain, so the outline is seen on all of them.
OUTLINE_COLOUR = (0, 170, 60)
# An outline must be seen when the whole picture is shown on one screen.
OUTLINES_ACROSS_PICTURE = 300


def main(arguments: list[str]) -> int:
    """Run the app; gives the exit code: 0, 1 when a picture failed, 2 when it was called wrongly."""
    options, ignored = parse(arguments)
    start_logging(options.log_level)
    for word in ignored:
        if word.startswith("-"):
            logger.warning("Ignored %s: not a parameter of this app", word)
    if options.infolder is None or options.outfolder is None:
        logger.error("Give --infolder and --outfolder: this app works on folders and fetches nothing from a server")
        return EXIT_USAGE
    wrong = faults(options)
    for fault in wrong:
        logger.error(fault)
    return EXIT_USAGE if wrong else process_folder(options)


def process_folder(options: argparse.Namespace) -> int:
    """Process every picture of the input folder; a bad one does not keep the others from being done."""
    report_status("Looking for pictures", "RUNNING", 0)
    pictures = find_pictures(options.infolder)
    if not pictures:
        report_status(f"No picture in {options.infolder} (looked for {' '.join(PICTURE_SUFFIXES)})", "FAILED", 0)
        return EXIT_FAILED
    stems = Counter(picture.stem for picture in pictures)
    failed = []
    for index, picture in enumerate(pictures):
        place = f"{index + 1} of {len(pictures)}"
        percent = 100 * index // len(pictures)
        report_status(f"Detecting tissue in {picture.name} ({place})", "RUNNING", percent)
        # Two pictures that differ in their ending only must not write to one file.
        prefix = picture.stem if stems[picture.stem] == 1 else picture.name
        try:
            process_picture(picture, options.outfolder / prefix, options)
        except PictureError as error:
            logger.error("%s %s", picture.name, error)
            failed.append(picture.name)
        except OSError as error:
            report_status(f"Cannot write {error.filename}: {error.strerror}", "FAILED", percent)
            return EXIT_FAILED
    if failed:
        report_status(f"{len(failed)} of {len(pictures)} pictures failed: {', '.join(failed)}", "FAILED", 100)
        return EXIT_FAILED
    report_status("Job successfully terminated", "SUCCESS", 100)
    return 0


def process_picture(path: Path, prefix: Path, options: argparse.Namespace) -> None:
    """Detect the tissue of one picture and write its three files. Raises PictureError."""
    rgb = read_picture(path)
    labels = detect_tissue(rgb, DetectionRules(*(getattr(options, name) for name in DetectionRules._fields)))
    facts = facts_of(path, rgb)
    style = ObjectStyle("annotation", options.tissue_class, OUTLINE_COLOUR)
    features = []
    for number, outline in outlines_of(labels):
        identity = f"tissue-detect:{facts.sha256}:{number}"
        area = {"Area px^2": int(outline.area)}
        features.append(feature(outline, f"{options.tissue_class} {number}", style, identity, area))
    write_geojson(with_ending(prefix, ".geojson"), features, facts)
    write_labels(with_ending(prefix, "_mask.tif"), labels)
    width = max(2, round(max(rgb.shape) / OUTLINES_ACROSS_PICTURE))
    write_picture(with_ending(prefix, "_overlay.png"), draw_outlines(rgb, labels, OUTLINE_COLOUR, width))
    covered = f"{100 * float((labels > 0).mean()):.1f}% of {facts.width} x {facts.height} pixels"
    logger.info("%s: %d tissue piece(s), %s", path.name, len(features), covered)


def find_pictures(folder: Path) -> list[Path]:
    """Pictures directly in the folder, by name; everything else is named in the log."""
    pictures = []
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.is_file() and path.suffix.lower() in PICTURE_SUFFIXES:
            pictures.append(path)
        else:
            logger.info("Skipped %s: not a picture (%s)", path.name, " ".join(PICTURE_SUFFIXES))
    return pictures


def with_ending(prefix: Path, ending: str) -> Path:
    """`prefix` with `ending` glued on; a dot in the prefix is part of the name."""
    return prefix.parent / (prefix.name + ending)


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the parameters; words of the descriptor's command line such as `python run.py` are passed over."""
    parser = argparse.ArgumentParser(prog="tissue-detect", description=__doc__, allow_abbrev=False)
    rules = DetectionRules()
    for name in ("host", "public_key", "private_key", "id_project", "id_software"):
        parser.add_argument(f"--cytomine_{name}", help="set by a Cytomine server; not used in folder mode")
    parser.add_argument("--log_level", type=str.upper, choices=LOG_LEVELS, default="INFO")
    parser.add_argument("--max_image_size", type=int, default=rules.max_image_size)
    parser.add_argument("--threshold_blocksize", type=int, default=rules.threshold_blocksize)
    parser.add_argument("--threshold_constant", type=float, default=rules.threshold_constant)
    parser.add_argument("--erode_iterations", type=int, default=rules.erode_iterations)
    parser.add_argument("--dilate_iterations", type=int, default=rules.dilate_iterations)
    parser.add_argument("--image_area_perc_threshold", type=float, default=rules.image_area_perc_threshold)
    parser.add_argument("--tissue_class", default="Tissue", help="class name of the pieces found")
    parser.add_argument("--infolder", type=Path, help="folder with the pictures")
    parser.add_argument("--outfolder", type=Path, help="folder for the results")
    parser.add_argument("--gtfolder", type=Path, help="ground truth: accepted, not compared")
    parser.add_argument("--local", action="store_true", help="BIAFLOWS: no server; always so here")
    parser.add_argument("-nmc", action="store_true", help="BIAFLOWS: compute no metrics; always so here")
    return parser.parse_known_args(arguments)


def faults(options: argparse.Namespace) -> list[str]:
    """What is wrong with the parameters, all of it, each as a sentence."""
    block, constant = options.threshold_blocksize, options.threshold_constant
    erosions, dilations = options.erode_iterations, options.dilate_iterations
    area = options.image_area_perc_threshold
    checks = (
        (options.max_image_size >= 16, f"--max_image_size must be at least 16 (got {options.max_image_size})"),
        (block >= 3 and block % 2 == 1, f"--threshold_blocksize must be odd and at least 3 (got {block})"),
        (0 <= constant <= 255, f"--threshold_constant must be 0 to 255 (got {constant})"),
        (0 <= erosions <= 100, f"--erode_iterations must be 0 to 100 (got {erosions})"),
        (0 <= dilations <= 100, f"--dilate_iterations must be 0 to 100 (got {dilations})"),
        (0 <= area <= 100, f"--image_area_perc_threshold must be 0 to 100 (got {area})"),
        (options.infolder.is_dir(), f"--infolder {options.infolder} is not a folder"),
        (options.outfolder.is_dir(), f"--outfolder {options.outfolder} is not a folder"),
    )
    return [sentence for holds, sentence in checks if not holds]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
