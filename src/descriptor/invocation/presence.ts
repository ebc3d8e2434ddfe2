import { serverValueOf } from '../dialects/cytomine/server-values.ts';
import type { Findings } from '../findings.ts';
import { pointerOf } from '../json/pointer.ts';
import type { DescriptorInput } from '../model.ts';

/**
 * Required inputs that have no value: each of a user's by itself, those of the server together.
 * @param serverValuesOptional the app talks to no server, so what it would fill in may be absent
 */
export function checkMissing(
  missing: readonly DescriptorInput[],
  serverValuesOptional: boolean,
  findings: Findings,
): void {
  const fromServer = (input: DescriptorInput): boolean =>
    input.setByServer || serverValueOf(input.id) !== undefined;
  const wanted = serverValuesOptional ? missing.filter((input) => !fromServer(input)) : missing;
  const server = wanted.filter((input) => input.setByServer);
  if (server.length > 0) {
    const names = server.map((input) => `\`${input.id}\``).join(', ');
    const they = server.length === 1 ? 'is' : 'are';
    findings.add({
      code: 'invocation.server-value-missing',
      pointer: '',
      message: `${names} ${they} to be filled in by the server, but no such server ${server.length === 1 ? 'parameter is' : 'parameters are'} given.`,
      mend: 'Give them as server parameters, or run with input and output folders if the app needs no server.',
    });
  }
  for (const input of wanted) {
    if (input.setByServer) continue;
    const name = input.name === input.id ? '' : ` (${input.name})`;
    findings.add({
      code: 'invocation.required',
      pointer: pointerOf(input.id),
      message: `\`${input.id}\`${name} is required, but has no value and no default.`,
      mend: `Give it a value: ${input.id}=….`,
    });
  }
}
