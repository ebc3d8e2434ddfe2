import { rolldown } from 'rolldown';
import { expect } from 'vitest';

/** A module bundled for a browser, as a script that makes the global `library`. Nothing of Node may be in it. */
export async function bundledForBrowser(entry: string): Promise<string> {
  const warnings: string[] = [];
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    onLog: (_, log) => warnings.push(log.message),
  });
  const { output } = await bundle.generate({
    format: 'iife',
    name: 'library',
    codeSplitting: false,
  });
  await bundle.close();
  expect(warnings).toEqual([]);
  return output[0].code;
}
