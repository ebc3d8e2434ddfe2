import { LAYERS, PURE, VENDORS } from './layers.js';

const RULE = '@typescript-eslint/no-restricted-imports';
const names = Object.keys(LAYERS);
const anyOf = (list) => list.join('|');

/** One `no-restricted-imports` block for each layer, and one for each folder that is home to a vendor library. */
export const layerConfigs = names.flatMap((layer) => {
  const homes = Object.values(VENDORS)
    .flat()
    .filter((home) => home.split('/')[0] === layer && home !== layer);
  return [layer, ...new Set(homes)].map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: { [RULE]: ['error', { patterns: patternsFor(layer, folder) }] },
  }));
});

function patternsFor(layer, folder) {
  const closed = names.filter((name) => name !== layer && !LAYERS[layer].includes(name));
  const vendors = Object.keys(VENDORS).filter(
    (vendor) => !VENDORS[vendor].some((home) => folder === home || folder.startsWith(`${home}/`)),
  );
  const patterns = [
    {
      regex: `^(\\.\\./)+(?!base/)(${anyOf(names)})/(?!([^/]+/)?index\\.ts$)`,
      message: "Come in by the front door: import the folder's index.ts.",
    },
    {
      regex: `^(${anyOf(vendors)})(/|$)`,
      message: 'Another folder is home to this library (layers.js).',
    },
  ];
  if (closed.length > 0)
    patterns.push({
      regex: `^(\\.\\./)+(${anyOf(closed)})/`,
      message: `src/${layer} may not know this layer (layers.js).`,
    });
  if (layer === 'runner')
    patterns.push({
      regex: '^(\\.\\./)+container/',
      allowTypeImports: true,
      message: 'The runner is handed its engine; it knows only the types.',
    });
  if (PURE.includes(layer))
    patterns.push({
      regex: '^node:(?!path)',
      message: 'This layer is pure (layers.js).',
    });
  return patterns;
}
