import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { type Diagnostic, parseDescriptor } from '../../../src/descriptor/index.ts';
import { CORPUS, hasCorpus } from './conformance.ts';

/** What others found odd in real descriptors, and the codes that say so here; any of them will do. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  'no-set-by-server': ['cytomine.set-by-server-missing'],
  'required-with-default': ['cytomine.required-with-default', 'cytomine.boolean-required'],
  'placeholder-undeclared': ['cytomine.placeholder-undeclared', 'cytomine.placeholder-form'],
  'number-default-string': ['cytomine.default-number-as-text', 'cytomine.default-not-a-number'],
  'input-not-in-command-line': ['cytomine.input-unused', 'cytomine.placeholder-form'],
  'flag-doubled': ['cytomine.flag-doubled'],
  'value-choices-ignored': ['cytomine.value-choices-ignored'],
  'set-by-server-unknown-name': ['cytomine.set-by-server-name'],
  'server-param-with-default': ['cytomine.set-by-server-default'],
  'boolean-default-nonbool': ['cytomine.default-boolean-as-text'],
  'no-flag': ['cytomine.flag-missing'],
  'placeholder-form-mismatch': ['cytomine.placeholder-form'],
  'substring-collision': ['cytomine.value-key-collision'],
  'substring-keys-harmless': ['cytomine.value-key-overlap'],
  'literal-value-key': ['cytomine.value-key-literal'],
  'domain-default': ['cytomine.default-domain'],
  'cl-extra-space': ['cytomine.command-line-spaces'],
  'no-value-key': ['cytomine.value-key-missing'],
  'unknown-input-key': ['cytomine.unknown-input-key'],
  'default-key': ['cytomine.default-key'],
  'no-image': ['cytomine.image-missing'],
  'empty-flag': ['cytomine.flag-empty'],
  'type-case': ['cytomine.type-case'],
  'no-image-type': ['cytomine.image-type-missing', 'cytomine.image-missing'],
  'default-null': ['cytomine.default-null'],
  'image-uppercase': ['cytomine.image-name'],
  'no-optional': ['cytomine.optional-missing'],
  'image-without-namespace': ['cytomine.image-namespace', 'cytomine.image-swapped'],
  'domain-without-uri': ['cytomine.uri-missing'],
  crlf: ['json.line-ends'],
  'values-choice': ['cytomine.choices-unchecked'],
  'trailing-comma': ['json.trailing-comma'],
  'schema-version-other': ['cytomine.schema-version'],
  'non-boolean-set-by-server': ['cytomine.truth-as-text'],
  'no-command-line': ['cytomine.command-line-missing'],
  'invalid-json': ['json.syntax', 'json.comma-missing'],
  'image-index': ['cytomine.image-index'],
  'unknown-type': ['cytomine.type-unknown', 'cytomine.type-foreign'],
  'no-server-params': ['cytomine.server-inputs-missing'],
  'image-type-other': ['cytomine.image-type', 'cytomine.image-swapped'],
  'empty-file': ['json.empty'],
  'mixed-case-id': ['cytomine.input-id-case'],
  'default-with-space': ['cytomine.default-with-space'],
  'flag-differs-from-id': ['cytomine.flag-differs'],
  'biomero-float-by-literal': ['cytomine.number-by-literal'],
  'image-with-tag': ['cytomine.image-tag'],
};

/** Not about the file: what a platform said of it, which other file is the same, keys we know after all. */
const NOT_OURS = ['platform-verdict', 'identical-to', 'biomero-detects', 'extra-top-key'];

interface Anomaly {
  readonly file: string;
  readonly kind: string;
  readonly detail: string;
}

const anomalies = (): Anomaly[] =>
  readFileSync(join(CORPUS, 'anomalies.tsv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([file = '', kind = '', detail = '']) => ({ file, kind, detail }))
    .filter(
      ({ file, kind }) => /^(cytomine|biaflows|biomero)\//.test(file) && !NOT_OURS.includes(kind),
    );

/** The name an anomaly's detail begins with: an input's id, or a placeholder. */
const subjectOf = (detail: string): string => /^"?([\w[\]]+)/.exec(detail)?.[1] ?? '';

const says = (diagnostics: readonly Diagnostic[], anomaly: Anomaly): boolean => {
  const found = diagnostics.filter(({ code }) => CODES[anomaly.kind]?.includes(code));
  const subject = subjectOf(anomaly.detail);
  const perInput = diagnostics.some(({ message }) => message.includes(`\`${subject}\``));
  if (!perInput || subject.length < 3) return found.length > 0;
  return found.some(({ message }) => message.includes(subject));
};

describe.skipIf(!hasCorpus)(
  `what is odd in real descriptors${hasCorpus ? '' : ' (skipped: ../shared/corpus is not on this machine)'}`,
  () => {
    const all = hasCorpus ? anomalies() : [];

    test('every kind of it has a code here', () => {
      const kinds = new Set(all.map(({ kind }) => kind));
      expect([...kinds].filter((kind) => CODES[kind] === undefined)).toEqual([]);
    });

    test('each is found again, in its file and for its input', () => {
      const byFile = new Map<string, readonly Diagnostic[]>();
      for (const { file } of all) {
        if (byFile.has(file)) continue;
        byFile.set(file, parseDescriptor(readFileSync(join(CORPUS, file), 'utf8')).diagnostics);
      }
      const missed = all.filter((anomaly) => !says(byFile.get(anomaly.file) ?? [], anomaly));
      expect(missed).toEqual([]);
    });
  },
);
