import { RunnerError } from '../../base/errors.ts';
import { parseCount, parseDuration, parseSize } from '../quantities.ts';
import { optional, setting } from './setting.ts';

/** `auto`: a token is asked for unless only this machine can reach the server and there is none. */
export type AuthenticationChoice = 'auto' | 'required';
const AUTHENTICATIONS: readonly AuthenticationChoice[] = ['auto', 'required'];

/** The settings of `cyto-run serve` that say who may use the server, and what of it. */
export const ACCESS_SETTINGS = {
  'serve.authentication': setting<AuthenticationChoice>({
    variable: 'CYTO_RUN_AUTHENTICATION',
    choices: AUTHENTICATIONS,
    parse: parseAuthentication,
    initial: 'auto',
  }),
  'serve.hosts': setting<readonly string[]>({
    variable: 'CYTO_RUN_HOSTS',
    isList: true,
    parse: parseWords,
    initial: [],
    initialText: 'any name; on loopback those of this machine',
  }),
  'serve.plain-http': setting<boolean>({
    atStart: true,
    variable: 'CYTO_RUN_PLAIN_HTTP',
    parse: parseYes,
    initial: false,
  }),
  'serve.tls.cert': optional({ isPath: true, parse: same, initialText: 'no TLS' }),
  'serve.tls.key': optional({ isPath: true, parse: same, initialText: 'no TLS' }),
  'serve.rate': setting<number>({ parse: parseCount, initial: 6_000 }),
  'serve.open': setting<number>({ parse: parseCount, initial: 200 }),
  'serve.connections': setting<number>({ parse: parseCount, initial: 10_000 }),
  'serve.uploads.file': setting<number>({
    parse: parseSize,
    initial: 137_438_953_472,
    initialText: '128GiB',
  }),
  'serve.uploads.user': setting<number>({
    parse: parseSize,
    initial: 549_755_813_888,
    initialText: '512GiB',
  }),
  'serve.uploads.keep': setting<number>({
    parse: parseDuration,
    initial: 604_800_000,
    initialText: '7d',
  }),
  'serve.urls.hosts': setting<readonly string[]>({
    variable: 'CYTO_RUN_URL_HOSTS',
    isList: true,
    parse: parseWords,
    initial: [],
    initialText: 'none: nothing is fetched',
  }),
  'serve.urls.networks': setting<readonly string[]>({
    variable: 'CYTO_RUN_URL_NETWORKS',
    isList: true,
    parse: parseWords,
    initial: [],
    initialText: 'public addresses only',
  }),
  'serve.oidc.issuer': optional({
    variable: 'CYTO_RUN_OIDC_ISSUER',
    parse: same,
    initialText: 'none',
  }),
  'serve.oidc.audience': setting<string>({
    variable: 'CYTO_RUN_OIDC_AUDIENCE',
    parse: same,
    initial: 'cyto-run',
  }),
  'serve.oidc.keys': optional({ parse: same, initialText: 'where the issuer says' }),
  'serve.oidc.name-claim': setting<string>({ parse: same, initial: 'sub' }),
  'serve.oidc.scope-claim': setting<string>({ parse: same, initial: 'scope' }),
  'serve.oidc.read': setting<string>({ parse: same, initial: 'cyto-run:read' }),
  'serve.oidc.submit': setting<string>({ parse: same, initial: 'cyto-run:submit' }),
  'serve.oidc.admin': setting<string>({ parse: same, initial: 'cyto-run:admin' }),
};

function same(text: string): string {
  return text;
}

/** Words with commas or spaces between. */
function parseWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function parseAuthentication(text: string): AuthenticationChoice {
  const choice = AUTHENTICATIONS.find((known) => known === text.trim().toLowerCase());
  if (choice === undefined) throw refused(text, 'auto or required', AUTHENTICATIONS);
  return choice;
}

function parseYes(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  throw refused(text, 'true or false');
}

const refused = (text: string, rule: string, choices?: readonly string[]): RunnerError =>
  new RunnerError('usage', `${JSON.stringify(text)} is not ${rule}`, {
    details: { value: text, rule, ...(choices === undefined ? {} : { choices }) },
  });
