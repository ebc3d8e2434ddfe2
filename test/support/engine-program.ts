/**
 * A program of its own that starts a container and follows it, for tests of what is left when it is
 * killed: `node engine-program.ts OPENER SPEC`, both JSON. Prints the first line that the app says.
 */
import type { ContainerEngine, ContainerSpec } from '../../src/container/index.ts';
import type { EngineOpener } from '../container/contract/subject.ts';

type Open = (options: unknown) => ContainerEngine | Promise<ContainerEngine>;

const [openerText = '', specText = ''] = process.argv.slice(2);
const opener = JSON.parse(openerText) as EngineOpener;
const exported = (await import(opener.module)) as Record<string, Open>;
const engine = await exported[opener.export]!(opener.options);

const container = await engine.start(
  JSON.parse(specText) as ContainerSpec,
  new AbortController().signal,
);
let said = '';
for await (const { stream, bytes } of container.output())
  if (stream === 'stdout' && !said.includes('\n')) {
    said += Buffer.from(bytes).toString();
    if (said.includes('\n')) process.stdout.write(said.slice(0, said.indexOf('\n') + 1));
  }
// It never ends by itself: whoever started it kills it.
setInterval(() => undefined, 60_000);
