import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';

import { LIMITS } from '../../base/limits.ts';
import { yamlFault } from '../../base/yaml-fault.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { JsonDocument, lineStartsOf, type Place, positionIn } from '../json/document.ts';
import type { JsonReading } from '../json/read.ts';
import { jsonOf, type JsonValue, numberOf } from '../json/value.ts';
import { INVOCATION_CODES } from './codes.ts';

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Reads YAML 1.2 as the JSON values it stands for, with their places. Anchors and aliases are
 * refused: an invocation has no use for them, and a few lines of them can stand for gigabytes.
 * Never throws.
 */
export function readYaml(text: string): JsonReading {
  const reader = new YamlReader(text);
  try {
    return reader.read();
  } catch (error) {
    // The composer recurses, so a deep enough nest of brackets ends its stack.
    if (!(error instanceof RangeError)) throw error;
    return {
      diagnostics: [
        reader.fault(
          'invocation.yaml-syntax',
          0,
          'The YAML is nested deeper than any invocation.',
          'Give the right file.',
        ),
      ],
    };
  }
}

class YamlReader {
  readonly #text: string;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #places = new Map<JsonValue, ReadonlyMap<string, Place> | readonly number[]>();
  #lineStarts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonReading {
    const document = parseDocument(this.#text, {
      version: '1.2',
      uniqueKeys: false,
      prettyErrors: false,
    });
    // The errors after the first are mostly its consequences.
    const [error] = document.errors;
    if (error !== undefined) {
      const { problem, hint } = yamlFault(error);
      this.#add('invocation.yaml-syntax', error.pos[0], sentence(problem), hint);
      return { diagnostics: this.#diagnostics };
    }
    const root = document.contents;
    if (!isNode(root)) {
      this.#add(
        'invocation.not-an-object',
        0,
        'The file is empty: it holds no values.',
        'Write `threshold: 5`, one line for each input.',
      );
      return { diagnostics: this.#diagnostics };
    }
    const value = this.#value(root, 0);
    return {
      document: new JsonDocument(this.#text, value, startOf(root), this.#places),
      diagnostics: this.#diagnostics,
    };
  }

  fault(
    code: keyof typeof INVOCATION_CODES,
    offset: number,
    message: string,
    mend: string,
  ): Diagnostic {
    this.#lineStarts ??= lineStartsOf(this.#text);
    return {
      code,
      strength: INVOCATION_CODES[code].strength,
      pointer: '',
      position: positionIn(this.#lineStarts, offset),
      message,
      mend,
    };
  }

  #add(code: keyof typeof INVOCATION_CODES, offset: number, message: string, mend: string): void {
    this.#diagnostics.push(this.fault(code, offset, message, mend));
  }

  #value(node: Node, depth: number): JsonValue {
    if (depth > LIMITS.jsonDepthMax) throw new RangeError('YAML nested too deep');
    if (isAlias(node)) {
      this.#add(
        'invocation.yaml-syntax',
        startOf(node),
        `An invocation may not use the alias *${node.source}: write the value itself.`,
        'Anchors and aliases can make a few lines stand for gigabytes.',
      );
      return null;
    }
    if (isMap(node)) return this.#map(node, depth);
    if (isSeq(node)) {
      const items = node.items.filter(isNode);
      const value = items.map((item) => this.#value(item, depth + 1));
      this.#places.set(value, items.map(startOf));
      return value;
    }
    return isScalar(node) ? this.#scalar(node) : null;
  }

  #map(node: YAMLMap, depth: number): JsonValue {
    const value = new Map<string, JsonValue>();
    const places = new Map<string, Place>();
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? (pair.key.source ?? String(pair.key.value)) : '';
      const start = isNode(pair.key) ? startOf(pair.key) : startOf(node);
      if (value.has(key)) {
        this.#add(
          'invocation.duplicate-key',
          start,
          `The key \`${key}\` occurs more than once; the last one counts.`,
          'Keep one of them.',
        );
      }
      value.set(key, isNode(pair.value) ? this.#value(pair.value, depth + 1) : null);
      places.set(key, { key: start, value: isNode(pair.value) ? startOf(pair.value) : start });
    }
    this.#places.set(value, places);
    return value;
  }

  #scalar(node: Scalar): JsonValue {
    const { value, source } = node;
    if (typeof value !== 'number') return jsonOf(value);
    if (!Number.isFinite(value)) return source ?? String(value);
    return numberOf(source !== undefined && JSON_NUMBER.test(source) ? source : String(value));
  }
}

const startOf = (node: Node): number => node.range?.[0] ?? 0;

const sentence = (problem: string): string => {
  const first = problem.split('\n')[0] ?? problem;
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}${first.endsWith('.') ? '' : '.'}`;
};
