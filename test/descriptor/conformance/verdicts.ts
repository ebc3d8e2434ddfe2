import { boutiquesVerdicts, hasCases, type Verdict } from '../boutiques/conformance.ts';
import { BETTER } from '../boutiques/better.ts';
import { acceptanceOf, expectedRows, hasCorpus, verdictsOf } from '../cytomine/conformance.ts';
import { REPAIRS, SINGLE_DIFFERENCES } from '../cytomine/differences.ts';

/** Whether the real descriptors and the answers of other programs lie beside the project. */
export const hasAnswers = hasCorpus && hasCases;

export const FAMILIES = [
  'cytomine',
  'biaflows',
  'biomero',
  'boutiques corpus',
  'boutiques cases',
  'observed probes',
] as const;
export type Family = (typeof FAMILIES)[number];

/** How one answer of ours compares with that of the program that is in use today. */
export interface FamilyVerdict {
  readonly family: Family;
  readonly file: string;
  readonly kind: Verdict['kind'];
  /** Why ours is better, in words; the codes of what is refused; or what is wrong. */
  readonly reasons: readonly string[];
}

/** Every answer of ours that there is another one to compare with. */
export const allVerdicts = (): FamilyVerdict[] => [...cytomineVerdicts(), ...boutiques()];

/** What each reason for being better says, by its name in the Cytomine tables. */
const WHY = new Map([...REPAIRS, ...SINGLE_DIFFERENCES].map(({ name, why }) => [name, why]));

const cytomineVerdicts = (): FamilyVerdict[] =>
  expectedRows()
    .flatMap((row) => [acceptanceOf(row), ...verdictsOf(row)])
    .map(({ descriptor, kind, reasons }) => ({
      family: FAMILIES.find((family) => descriptor.startsWith(`${family}/`)) ?? 'cytomine',
      file: descriptor,
      kind,
      reasons: kind === 'better' ? reasons.map((name) => WHY.get(name) ?? name) : reasons,
    }));

const boutiques = (): FamilyVerdict[] =>
  boutiquesVerdicts().map(({ family, id, kind, reason }) => ({
    family: boutiquesFamily(family),
    file: id.replace(/ with .*$/, ''),
    kind,
    reasons:
      kind === 'better'
        ? [`bosh: ${BETTER[id]?.why ?? reason}`]
        : kind === 'refused rightly'
          ? reason.split(', ')
          : [reason],
  }));

function boutiquesFamily(family: string): Family {
  if (family.startsWith('cases:')) return 'boutiques cases';
  return family.startsWith('probes:') ? 'observed probes' : 'boutiques corpus';
}
