import { DESCRIPTOR_CODES } from './descriptor-codes.ts';
import { BOUTIQUES_CODES } from './dialects/boutiques/codes.ts';
import { CYTOMINE_CODES } from './dialects/cytomine/codes.ts';
import { INVOCATION_CODES } from './invocation/codes.ts';
import { JSON_CODES } from './json/codes.ts';

/**
 * Every diagnostic there is: the truth for its strength and its one-line meaning. Listed in
 * docs/diagnostics.md, under test.
 */
export const DIAGNOSTIC_CODES = {
  ...JSON_CODES,
  ...DESCRIPTOR_CODES,
  ...CYTOMINE_CODES,
  ...BOUTIQUES_CODES,
  ...INVOCATION_CODES,
} as const;

export type DiagnosticCode = keyof typeof DIAGNOSTIC_CODES;
