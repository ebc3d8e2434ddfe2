import type { Descriptor, DescriptorInput, Invocation } from '../../../src/descriptor/index.ts';

/** What a repair may look at beside argv. */
export interface Where {
  readonly descriptor: Descriptor;
  readonly invocation: Invocation;
}

/** One kind of damage the platform does to a command line, and what argv is without it. */
export interface Repair {
  readonly name: string;
  readonly why: string;
  readonly repair: (argv: readonly string[], where: Where) => string[];
}

const inputOfFlag = (where: Where, flag: string): DescriptorInput | undefined =>
  where.descriptor.inputs.find((input) => input.commandLineFlag === flag);

/** Damage of which there is much; each is undone in the platform's argv before it is compared with ours. */
export const REPAIRS: readonly Repair[] = [
  {
    name: 'value-split',
    why: 'The platform splits a value at its spaces into several arguments.',
    repair: (argv: readonly string[], { invocation }: Where): string[] => {
      const repaired = [...argv];
      for (const { value } of invocation) {
        if (typeof value !== 'string' || !value.includes(' ')) continue;
        const words = value.split(' ');
        const at = repaired.findIndex((_, index) =>
          words.every((word, offset) => repaired[index + offset] === word),
        );
        if (at >= 0) repaired.splice(at, words.length, value);
      }
      return repaired;
    },
  },
  {
    name: 'flag-doubled',
    why: 'The command line has the flag and the input has it too; the platform passes it twice, so the first takes the second for its value.',
    repair: (argv, where) =>
      argv.filter(
        (argument, index) =>
          argument !== argv[index + 1] || inputOfFlag(where, argument) === undefined,
      ),
  },
  {
    name: 'boolean-default',
    why: 'Clients before 2.4.1 take the flag alone for a change, so `--flag <default>` gives its opposite; later ones have the default without it. Left out, it is right for both (sheet 1.7).',
    repair: (argv: readonly string[], where: Where): string[] => {
      const leftOut = (flag: string | undefined, value: string | undefined): boolean => {
        const input = flag === undefined ? undefined : inputOfFlag(where, flag);
        return (
          input?.type === 'Boolean' &&
          input.optional &&
          typeof input.defaultValue === 'boolean' &&
          String(input.defaultValue) === value
        );
      };
      return argv.filter(
        (argument, index) =>
          !leftOut(argument, argv[index + 1]) && !leftOut(argv[index - 1], argument),
      );
    },
  },
  {
    name: 'placeholder-left',
    why: 'No input declares the placeholder; the platform hands it to the app as it stands in the descriptor, after its flag.',
    repair: (argv: readonly string[], { descriptor }: Where): string[] => {
      const names = descriptor.inputs.flatMap((input) => [
        input.id.toUpperCase(),
        (input.valueKey ?? '').replaceAll(/[@[\]]/g, ''),
      ]);
      const left = (argument: string | undefined): boolean =>
        argument !== undefined &&
        /^\[@?[A-Z_]+\]$/.test(argument) &&
        !names.includes(argument.slice(1, -1));
      return argv.filter(
        (argument, index) =>
          !left(argument) && !(argument.startsWith('--') && left(argv[index + 1])),
      );
    },
  },
  {
    name: 'empty-argument',
    why: 'The platform splits at single spaces, so an input without a value leaves an empty argument behind, which parsers take for a positional.',
    repair: (argv) => argv.filter((argument) => argument !== ''),
  },
];

const INSIDE =
  'One key is part of another; the platform replaces the shorter inside the longer, and the app gets neither.';
const FORM =
  'The placeholder is written otherwise than the value-key (brackets, `@`, a space); the platform leaves it as it stands, the author meant the input.';

/** Damage to single descriptors: arguments joined by spaces, the platform's and ours. */
export const SINGLE_DIFFERENCES: readonly {
  readonly descriptor: RegExp;
  readonly name: 'key-inside-key' | 'placeholder-form';
  readonly why: string;
  readonly platform: RegExp;
  readonly ours: RegExp;
}[] = [
  ...[
    {
      descriptor: /volker-baecker__W_SpotDetection3D-BigFISH/,
      platform: /^DETECT_--threshold \S+$/,
      ours: /^--detect_threshold (true|false)$/,
    },
    {
      descriptor: /cideconvolve__descriptor@4f73ceb7/,
      platform: /^--t_g (118|170000)0$/,
      ours: /^(119|170000)$/,
    },
    {
      descriptor: /RandomSubwET-(Eval|Pred-BI__descriptor@(193cffc9|20e88dfb|559f770a|e63bad78))/,
      platform: /^--cytomine_id_project 7S$/,
      ours: /^(--cytomine_id_projects s\d)?$/,
    },
    {
      descriptor: /bathienle__S_Segmentation_Nuclick/,
      platform: /^AREA_--threshold 108$/,
      ours: /^--area_threshold 110$/,
    },
    {
      descriptor: /maxime915__S_AnnoSync_VALIS/,
      platform: /^MICRO_--max_proc_size \d+$/,
      ours: /^--micro_max_proc_size \d+$/,
    },
    {
      descriptor: /maxime915__S_AnnoSync_VALIS__descriptor@(b0a6c543|cce37d81)/,
      platform: /^(--max_proc_size 114)?_MICRO$/,
      ours: /^(--max_proc_size_micro 115)?$/,
    },
  ].map((one) => ({ ...one, name: 'key-inside-key' as const, why: INSIDE })),
  ...[
    {
      descriptor: /mertesdorfj__W_NucleiSegmentation_Python_BIOMERO_template/,
      platform: /^SIGMA MAX_SIZE CLOSING_RADIUS$/,
      ours: /^--sigma \S+ --max_size \d+ --closing_radius \d+$/,
    },
    {
      descriptor: /dnet_gg_classifier__descriptor@b669ed42|MSET-Pred__descriptor@dca205e4/,
      platform:
        /^CYTOMINE_HOST CYTOMINE_PUBLIC_KEY CYTOMINE_PRIVATE_KEY CYTOMINE_ID_PROJECT CYTOMINE_ID_SOFTWARE$/,
      ours: /^--cytomine_host \S+ --cytomine_public_key \S+ --cytomine_private_key \S+ --cytomine_id_project 7 --cytomine_id_software 42$/,
    },
    {
      descriptor: /MSET-Pred__descriptor@dca205e4/,
      platform: /^VERBOSE$/,
      ours: /^--verbose true$/,
    },
    {
      descriptor: /S_Dxc_Cytomine_Example__descriptor@d61da703/,
      platform:
        /^CYTOMINE_HOST CYTOMINE_PUBLIC_KEY CYTOMINE_PRIVATE_KEY CYTOMINE_ID_PROJECT CYTOMINE_ID_SOFTWARE AI_MODEL_TYPE$/,
      ours: /^--cytomine_host \S+ --cytomine_public_key \S+ --cytomine_private_key \S+ --cytomine_id_project 7 --cytomine_id_software 42 --ai_model_type \S+$/,
    },
    {
      descriptor: /mizjaggy18__S_NPC_classifySimCLR/,
      platform: /^\[NPC_TERM \]$/,
      ours: /^--npc_term 1011$/,
    },
    {
      descriptor: /thakk__S_nucleidetect/,
      platform: /^\[(PUBLIC_KEY|PRIVATE_KEY|ANN_ID|CYTOMINE_ID_PROJECT|CYTOMINE_ID_SOFTWARE)\]$/,
      ours: /^(PUBKEY|PRIVKEY|101|7|42)$/,
    },
  ].map((one) => ({ ...one, name: 'placeholder-form' as const, why: FORM })),
];

/** What the platform makes a command line of and then cannot run, by the code under which it is refused here. */
export const EXPANDED_BUT_NEVER_RUN: Readonly<Record<string, string>> = {
  'cytomine.image-missing': 'The job fails when the platform looks for its image.',
  'cytomine.image-name': 'The job fails when the platform pulls an image that cannot exist.',
  'cytomine.image-swapped': 'The platform pulls an image called "singularity".',
  'cytomine.type-unknown': 'The platform refuses to install the app.',
};
