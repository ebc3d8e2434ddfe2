"""Annotations from GeoJSON files: class and area of each."""

import json
from pathlib import Path
from typing import NamedTuple, Optional

from shapely.geometry import shape

# What QuPath calls an object that has no class.
UNCLASSIFIED = "Unclassified"


class AnnotationError(Exception):
    """A file is not GeoJSON that can be counted; the message names the file and the place."""


class AnnotatedImage(NamedTuple):
    """The annotations of one picture. Sizes and areas are in pixels of the full picture."""

    identity: str
    name: str
    width: Optional[int]
    height: Optional[int]
    areas_by_class: dict[str, list[float]]


def read_annotations(path: Path) -> AnnotatedImage:
    """Read a FeatureCollection, a single Feature, or a list of Features (RFC 7946; older QuPath writes lists).

    The picture's identity, name and size come from the member `picture` where there is one; else the
    picture is taken to be this file's own, of unknown size. A feature without geometry counts for
    nothing. Raises AnnotationError.
    """
    document = _load(path)
    features = _features(document, path)
    picture = document.get("picture") if isinstance(document, dict) else None
    picture = picture if isinstance(picture, dict) else {}
    areas: dict[str, list[float]] = {}
    for index, item in enumerate(features):
        try:
            if item["geometry"] is not None:
                areas.setdefault(_class_of(item), []).append(float(shape(item["geometry"]).area))
        except Exception as error:
            place = f"{path.name}: feature {index + 1}"
            raise AnnotationError(f"{place} is not a valid GeoJSON feature ({error!r})") from error
    return AnnotatedImage(
        identity=str(picture.get("sha256", path)),
        name=str(picture.get("name", path.stem)),
        width=_whole(picture.get("width")),
        height=_whole(picture.get("height")),
        areas_by_class=areas,
    )


def one_for_each_picture(images: list[AnnotatedImage]) -> list[AnnotatedImage]:
    """Put together what several files say of one picture (its tissue, its nuclei), in order of first mention."""
    merged: dict[str, AnnotatedImage] = {}
    for image in images:
        known = merged.setdefault(image.identity, image._replace(areas_by_class={}))
        for class_name, areas in image.areas_by_class.items():
            known.areas_by_class.setdefault(class_name, []).extend(areas)
    return list(merged.values())


def _load(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise AnnotationError(f"{path.name}: cannot be read as GeoJSON ({error})") from error


def _features(document: object, path: Path) -> list:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document]
    if isinstance(document, dict) and isinstance(document.get("features"), list):
        return document["features"]
    raise AnnotationError(f"{path.name}: holds no features; a GeoJSON FeatureCollection is needed")


def _class_of(item: dict) -> str:
    classification = (item.get("properties") or {}).get("classification") or {}
    # QuPath writes a derived class such as Tumor: Positive as a list of names.
    names = classification.get("names")
    return ": ".join(names) if names else str(classification.get("name") or UNCLASSIFIED)


def _whole(value: object) -> Optional[int]:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
