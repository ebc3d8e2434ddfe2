/**
 * Where Boutiques' own tool (bosh 0.5.33) errs and our answer differs from its: what ours is, and
 * why it is better. By the id of the probe that shows it.
 */
export interface BetterAnswer {
  readonly why: string;
  /** `refused`, `accepted`, or accepted with these diagnostics; a command line; or output paths. */
  readonly answer: 'refused' | 'accepted' | Readonly<Record<string, string>> | Shown;
}

/** What a person sees: the codes of the diagnostics, or the line for the shell. */
export interface Shown {
  readonly codes?: readonly string[];
  readonly line?: string;
}

const NO_CRASH = 'it crashes instead of saying what is wrong';
const NOT_ENFORCED = 'it lets the rule be broken';
const EVALUATED = 'it puts the value into a text that Python then runs';
const CONDITION = 'it reads the condition otherwise than it is written';

export const BETTER: Readonly<Record<string, BetterAnswer>> = {
  'val-key-only-cond': { why: 'the key is used, in a conditional path', answer: 'accepted' },
  'val-dupkey-nogroups': { why: NO_CRASH, answer: { codes: ['boutiques.key-shared'] } },
  'val-dupkey-othergroup': {
    why: 'nothing keeps both inputs from having a value',
    answer: { codes: ['boutiques.key-shared'] },
  },
  'val-rootfs': { why: NO_CRASH, answer: { codes: ['boutiques.rootfs-unsupported'] } },
  'val-cond-no-optional': { why: NO_CRASH, answer: 'accepted' },
  'val-mutex-unknown-member': { why: NO_CRASH, answer: { codes: ['boutiques.member-unknown'] } },
  'val-vreq-partial': {
    why: NO_CRASH,
    answer: {
      codes: [
        'boutiques.value-relations-incomplete',
        'boutiques.value-relations-incomplete',
        'boutiques.choice-requires-and-disables',
      ],
    },
  },
  'val-vreq-number': { why: 'the keys are the choices, as texts', answer: 'accepted' },
  'val-number-default': {
    why: 'no invocation could use this default',
    answer: { codes: ['boutiques.default-not-a-choice'] },
  },
  'val-default-range': {
    why: 'no invocation could use this default',
    answer: { codes: ['boutiques.default-range'] },
  },
  'val-default-type': {
    why: 'no invocation could use this default',
    answer: { codes: ['boutiques.default-type'] },
  },
  'val-max-zero': { why: 'no list fits', answer: { codes: ['boutiques.list-bounds'] } },
  'val-id-comma': {
    why: 'the pattern lets commas in by mistake',
    answer: { codes: ['boutiques.id-comma'] },
  },
  'val-undeclared': {
    why: 'the app would be given the token itself',
    answer: { codes: ['boutiques.token-undeclared'] },
  },
  'val-cond-unparenthesised': {
    why: 'the condition has one meaning',
    answer: { codes: ['boutiques.condition-not-portable'] },
  },
  'val-cond-schema-doc': {
    why: 'it is the form that the schema itself shows',
    answer: { codes: ['boutiques.condition-not-portable'] },
  },
  'inv-empty': { why: 'an empty invocation is checked like any other', answer: 'refused' },
  'inv-integer-choices': { why: NOT_ENFORCED, answer: 'refused' },
  'inv-all-or-none': { why: NOT_ENFORCED, answer: 'refused' },
  'inv-value-requires': { why: NOT_ENFORCED, answer: 'refused' },
  'inv-value-disables': { why: NOT_ENFORCED, answer: 'refused' },
  'inv-mutex-false': { why: 'false means false', answer: 'accepted' },
  'inv-mutex-flags': { why: NO_CRASH, answer: 'refused' },
  'inv-disables-default': { why: 'a default gives way to what was given', answer: 'accepted' },
  'inv-flag-req-group': { why: 'the group is met', answer: 'accepted' },
  'inv-two-req-groups': { why: 'only the last required group is looked at', answer: 'refused' },
  'inv-stale-schema': { why: 'the inputs are the truth, not a copy of them', answer: 'refused' },
  'inv-null': { why: 'null is no value', answer: 'accepted' },
  'inv-text-zenodo': { why: 'a value is a value, whatever word is in it', answer: 'accepted' },
  'cl-flag-false-glued': { why: 'the key would reach the app', answer: { line: 'c x q' } },
  'cl-absent-mixed': { why: 'the key would reach the app', answer: { line: 'c x= q' } },
  'cl-shared-key-second': { why: 'the value vanishes', answer: { line: 'c 2nd' } },
  'cl-resubstitution': { why: 'a value is read as a template', answer: { line: "c 'x[B]y' z" } },
  'cl-injection': {
    why: 'a value runs as a command',
    answer: { line: "c 'x [B]' '$(id) ; y'" },
  },
  'cl-empty-list-flag': { why: 'the app would get a flag without value', answer: { line: 'c q' } },
  'cl-in-single-quotes': {
    why: 'the quotes around the value end those of the template',
    answer: { line: `sh -c 'echo '"'"'x y'"'"''` },
  },
  'cl-output-key-space': {
    why: 'the quotes become part of the path',
    answer: { line: "c v 'v z.p' 'v z'" },
  },
  'cl-abs-input': { why: '`uses-absolute-path` is passed over', answer: { line: 'c /work/x.txt' } },
  'out-strip-order': { why: 'a part of the extension stays', answer: { o: 'f_x.nii.gz' } },
  'out-strip-middle': {
    why: 'an extension is at the end of a name',
    answer: { o: 'out/a.txt.bak_x' },
  },
  'out-twice': { why: 'folders would be repeated within the path', answer: { o: '/d/x/x.x' } },
  'out-filelist': { why: 'all names but the last are lost', answer: { o: 'out/x y' } },
  'out-absent': { why: 'the key stays in the path', answer: { o: 'v_.txt' } },
  'cond-nospace': { why: CONDITION, answer: { o: 'd' } },
  'cond-nospace10': { why: CONDITION, answer: { o: 'd' } },
  'cond-absent': { why: 'the other half of the `or` holds', answer: { o: 'big' } },
  'cond-flag-false': { why: CONDITION, answer: { o: 'd' } },
  'cond-flag-eq': { why: CONDITION, answer: { o: 'flagged' } },
  'cond-string-digits': { why: EVALUATED, answer: { o: 'eq5' } },
  'cond-date': { why: EVALUATED, answer: { o: 'd' } },
  'cond-tiny': { why: EVALUATED, answer: { o: 'small' } },
  'cond-eval': { why: EVALUATED, answer: { o: 'd' } },
  'cond-nomatch': { why: NO_CRASH, answer: {} },
  'cond-nomatch-stale': {
    why: "it gives the output another output's path",
    answer: { prev: 'prev.txt' },
  },
};
