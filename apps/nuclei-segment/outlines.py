"""From a label image to outlines: exact polygons, GeoJSON as QuPath opens it, and a picture to look at."""

import hashlib
import json
import uuid
from pathlib import Path
from typing import Iterator, NamedTuple

import numpy as np
from scipy import ndimage
from shapely.geometry import Polygon, box
from shapely.ops import unary_union


class ObjectStyle(NamedTuple):
    """How objects are shown: QuPath's object type, class name and class colour."""

    object_type: str
    class_name: str
    colour: tuple[int, int, int]


class PictureFacts(NamedTuple):
    """Which picture outlines belong to; width and height in pixels."""

    name: str
    sha256: str
    width: int
    height: int


def facts_of(path: Path, rgb: np.ndarray) -> PictureFacts:
    """Describe the picture that was read from a file."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return PictureFacts(path.name, sha256, int(rgb.shape[1]), int(rgb.shape[0]))


def outlines_of(labels: np.ndarray) -> Iterator[tuple[int, Polygon]]:
    """Trace each object along its pixels' edges.

    Takes an array (height, width) of object numbers, each object one 4-connected piece.
    Gives (number, polygon) by rising number. Coordinates are whole pixels from the picture's top left
    corner, so a polygon's area is exactly its object's pixel count; holes are inner rings.
    """
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is None:
            continue
        top, left = place[0].start, place[1].start
        rows = [
            box(left + start, top + row, left + stop, top + row + 1)
            for row, start, stop in _runs(labels[place] == number)
        ]
        yield number, _tidy(unary_union(rows))


def feature(outline: Polygon, name: str, style: ObjectStyle, identity: str, measurements: dict[str, float]) -> dict:
    """One GeoJSON feature (RFC 7946 section 3.2) with the properties QuPath reads.

    `identity` makes the id: a UUID, since QuPath keeps no other, and the same for the same identity.
    """
    return {
        "type": "Feature",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, identity)),
        "geometry": {
            "type": "Polygon",
            "coordinates": [
                [[int(x), int(y)] for x, y in ring.coords] for ring in (outline.exterior, *outline.interiors)
            ],
        },
        "properties": {
            "objectType": style.object_type,
            "name": name,
            "classification": {"name": style.class_name, "color": list(style.colour)},
            "measurements": [{"name": key, "value": value} for key, value in measurements.items()],
        },
    }


def write_geojson(path: Path, features: list[dict], picture: PictureFacts) -> None:
    """Write a FeatureCollection, one feature a line.

    `picture` is a foreign member (RFC 7946 section 6.1): readers that do not know it pass it over, and
    ours learn which picture this is and the size that areas are a share of.
    """
    lines = ",\n".join(_json(item) for item in features)
    text = f'{{"type":"FeatureCollection","picture":{_json(picture._asdict())},"features":[\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8", errors="replace")


def draw_outlines(rgb: np.ndarray, labels: np.ndarray, colour: tuple[int, int, int], width: int) -> np.ndarray:
    """Draw each object's outline, `width` pixels inwards, on a copy of the picture."""
    eroded = ndimage.grey_erosion(labels, size=(2 * width + 1, 2 * width + 1), mode="nearest")
    grown = ndimage.grey_dilation(labels, size=(2 * width + 1, 2 * width + 1), mode="nearest")
    drawn = rgb.copy()
    drawn[(labels > 0) & (eroded != grown)] = colour
    return drawn


def _runs(mask: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Horizontal runs of true pixels as (row, start, stop)."""
    steps = np.diff(mask.astype(np.int8), axis=1, prepend=0, append=0)
    rows, starts = np.nonzero(steps == 1)
    stops = np.nonzero(steps == -1)[1]
    return zip(rows.tolist(), starts.tolist(), stops.tolist())


def _tidy(shape: Polygon) -> Polygon:
    """Keep the corners only; rings start at a fixed corner, exterior counter-clockwise (RFC 7946 section 3.1.6)."""
    holes = sorted(_ring(hole.coords, clockwise=True) for hole in shape.interiors)
    return Polygon(_ring(shape.exterior.coords, clockwise=False), holes)


def _ring(coords, clockwise: bool) -> list[tuple[float, float]]:
    points = list(coords)[:-1]
    before, after = points[-1:] + points[:-1], points[1:] + points[:1]
    turns = [
        (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) for a, b, c in zip(before, points, after)
    ]
    corners = [point for point, turn in zip(points, turns) if turn != 0]
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1]))
    if (twice_area < 0) != clockwise:
        corners.reverse()
    first = corners.index(min(corners))
    return corners[first:] + corners[:first] + [corners[first]]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
