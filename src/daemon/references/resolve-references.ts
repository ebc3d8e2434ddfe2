import { RunnerError } from '../../base/errors.ts';
import {
  isJsonArray,
  isJsonObject,
  type Descriptor,
  type JsonObject,
  type JsonValue,
  type RawValue,
  type RawValues,
} from '../../descriptor/index.ts';
import type { SecretStore } from '../../store/index.ts';
import { isAdmin, type Principal } from '../http/principal.ts';

export interface ReferencePorts {
  readonly principal: Principal;
  readonly secrets: SecretStore;
  /** Path of the file of an upload. Throws when there is none that this caller may use. */
  readonly uploaded: (id: string) => Promise<string>;
  /** Path of the file that a URL will be. */
  readonly fetched: (url: string, sha256: string | undefined) => Promise<string>;
}

/** Values in which nothing is referred to any more. */
export interface ResolvedValues {
  readonly values: RawValues;
  /** Inputs whose value is a secret, whatever the descriptor says. */
  readonly secretInputs: ReadonlySet<string>;
}

/** What may stand in a parameter in place of a value, and what may stand beside it. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  secret: [],
  upload: [],
  url: ['sha256'],
};

/**
 * Values with what they refer to in its place: `{"secret": name}`, `{"upload": id}`,
 * `{"url": …, "sha256"?: …}`, alone or in a list. Throws `request-invalid` for a reference that
 * is malformed or does not fit its input, `secret-unknown`, and what the ports throw.
 */
export async function resolveReferences(
  values: RawValues,
  descriptor: Descriptor,
  ports: ReferencePorts,
): Promise<ResolvedValues> {
  const resolver = new Resolver(descriptor, ports);
  const resolved: [string, RawValue][] = [];
  for (const [inputId, raw] of Object.entries(values))
    resolved.push([
      inputId,
      raw.kind === 'json' ? { kind: 'json', value: await resolver.value(inputId, raw.value) } : raw,
    ]);
  return { values: Object.fromEntries(resolved), secretInputs: resolver.secretInputs };
}

class Resolver {
  readonly secretInputs = new Set<string>();
  readonly #descriptor: Descriptor;
  readonly #ports: ReferencePorts;

  constructor(descriptor: Descriptor, ports: ReferencePorts) {
    this.#descriptor = descriptor;
    this.#ports = ports;
  }

  async value(inputId: string, value: JsonValue): Promise<JsonValue> {
    if (isJsonArray(value)) {
      const items: JsonValue[] = [];
      for (const item of value) items.push(await this.#scalar(inputId, item));
      return items;
    }
    return this.#scalar(inputId, value);
  }

  async #scalar(inputId: string, value: JsonValue): Promise<JsonValue> {
    const form = isJsonObject(value) && Object.keys(FORMS).find((name) => value.has(name));
    if (!isJsonObject(value) || form === undefined || form === false) return value;
    const text = textIn(value, form, inputId);
    const stray = [...value.keys()].find((key) => key !== form && !FORMS[form]?.includes(key));
    if (stray !== undefined)
      throw malformed(inputId, `${JSON.stringify(stray)} is nothing that stands beside ${form}`);
    if (form === 'secret') return this.#secret(inputId, text);
    if (this.#descriptor.inputs.find(({ id }) => id === inputId)?.type !== 'File')
      throw malformed(inputId, `only a File input takes {${JSON.stringify(form)}: …}`);
    return form === 'upload'
      ? this.#ports.uploaded(text)
      : this.#ports.fetched(text, sha256In(value, inputId));
  }

  #secret(inputId: string, name: string): string {
    const { secrets, principal } = this.#ports;
    const found = secrets.read(name);
    const mayUse =
      found !== undefined &&
      (isAdmin(principal) || found.users === 'everyone' || found.users.includes(principal.name));
    // Which secrets there are for others is nobody's business.
    if (!mayUse)
      throw new RunnerError(
        'secret-unknown',
        `${inputId}: there is no secret ${JSON.stringify(name)} that ${principal.name} may use`,
        { hint: 'An administrator sets it: cyto-run secret set NAME --for USER.' },
      );
    this.secretInputs.add(inputId);
    return found.value;
  }
}

function textIn(reference: JsonObject, member: string, inputId: string): string {
  const text = reference.get(member);
  if (typeof text === 'string' && text !== '') return text;
  throw malformed(inputId, `${member} is not a text`);
}

function sha256In(reference: JsonObject, inputId: string): string | undefined {
  if (!reference.has('sha256')) return undefined;
  const text = textIn(reference, 'sha256', inputId).toLowerCase();
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw malformed(inputId, 'sha256 is no SHA-256 in hexadecimal');
}

const malformed = (inputId: string, problem: string): RunnerError =>
  new RunnerError('request-invalid', `${inputId}: ${problem}`, {
    hint: 'A parameter is a value, {"secret": NAME}, {"upload": ID} or {"url": URL, "sha256": HEX}.',
  });
