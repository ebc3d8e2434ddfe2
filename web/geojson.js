import { element } from './element.js';

const SVG = 'http://www.w3.org/2000/svg';
/** More is no picture any more, and slow. */
const SHAPES_MAX = 20_000;

/**
 * The outlines of a GeoJSON text (RFC 7946) as they lie in a picture, y downwards; undefined where there are none.
 *
 * @param {any} geojson
 */
export function drawing(geojson) {
  const features = geojson?.features ?? [geojson];
  const shapes = features
    .slice(0, SHAPES_MAX)
    .flatMap((feature) => linesOf(feature?.geometry ?? feature));
  const points = shapes.flat();
  if (points.length === 0) return undefined;
  const [left, top, right, bottom] = boundsOf(points);
  const size = Math.max(right - left, bottom - top) || 1;
  const edge = size / 50;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute(
    'viewBox',
    [left - edge, top - edge, right - left + 2 * edge, bottom - top + 2 * edge].join(' '),
  );
  const count = `${features.length === 1 ? '1 object' : `${features.length} objects`}, outlines`;
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', count);
  svg.setAttribute('class', 'outlines');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', shapes.map((line) => lineText(line, size / 200)).join(''));
  svg.append(path);
  return element('figure', {}, svg, element('figcaption', { class: 'dim' }, count));
}

/** Lists of points for each type of geometry; a point is a list of one. */
const LINES = {
  Point: (point) => [[point]],
  MultiPoint: (points) => points.map((point) => [point]),
  LineString: (line) => [line],
  MultiLineString: (lines) => lines,
  Polygon: (rings) => rings,
  MultiPolygon: (polygons) => polygons.flat(),
};

/** What is no geometry has none. */
function linesOf(geometry) {
  if (geometry?.type === 'GeometryCollection') return (geometry.geometries ?? []).flatMap(linesOf);
  const lines = LINES[geometry?.type];
  if (lines === undefined || !Array.isArray(geometry.coordinates)) return [];
  return lines(geometry.coordinates)
    .map((line) => line.filter(isPoint))
    .filter((line) => line.length > 0);
}

const isPoint = (point) =>
  Array.isArray(point) && Number.isFinite(point[0]) && Number.isFinite(point[1]);

function boundsOf(points) {
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  return bounds;
}

const lineText = (line, dot) =>
  line.length === 1
    ? `M${line[0][0] - dot} ${line[0][1]}h${2 * dot}`
    : line.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('');
