/**
 * A part of what a machine must have. `look` never changes anything.
 *
 * @typedef {object} Part
 * @property {string} name for people
 * @property {readonly string[]} needs names of parts without which this one cannot be had
 * @property {readonly string[]} [after] names of parts whose turn comes first, had or not
 * @property {() => Promise<Look>} look
 * @property {(say: (line: string) => void) => Promise<void>} get throws an Error that says why not
 *
 * @typedef {{ state: 'present' | 'missing' | 'unobtainable', detail: string }} Look
 *   `detail`: what is there; how it will be got; why it cannot be.
 *
 * @typedef {{ name: string, here: boolean, why: string, got: boolean }} Settled
 */

/**
 * Brings a machine to have every part. Where nothing is missing it only looks; otherwise set-ups
 * take turns, so that two of them never install at once. Parts that do not need one another are got
 * at the same time.
 *
 * @param {readonly Part[]} parts
 * @param {{ say: (line: string) => void, lock: () => Promise<() => Promise<void>> }} ports
 * @returns {Promise<Settled[]>} in the order given; a part that could not be had says why
 */
export async function setUp(parts, { say, lock }) {
  const seen = await settleAll(parts, (part) => lookOnly(part));
  if (!seen.some(({ obtainable }) => obtainable)) return seen.map(settled);
  const release = await lock();
  try {
    return (await settleAll(parts, (part) => lookAndGet(part, say))).map(settled);
  } finally {
    await release();
  }
}

const settled = ({ name, here, why, got }) => ({ name, here, why, got });

/** Settles each part as soon as those it needs are settled. */
function settleAll(parts, settle) {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const outcomes = new Map();
  const outcomeOf = (name) => {
    if (!outcomes.has(name)) outcomes.set(name, settleAfterNeeds(byName.get(name)));
    return outcomes.get(name);
  };
  const settleAfterNeeds = async (part) => {
    const [needs] = await Promise.all([
      Promise.all(part.needs.map(outcomeOf)),
      Promise.all((part.after ?? []).map(outcomeOf)),
    ]);
    const absent = needs.find((need) => !need.here);
    const outcome = absent === undefined ? await settle(part) : needing(absent);
    return { name: part.name, got: false, obtainable: false, ...outcome };
  };
  return Promise.all(parts.map((part) => outcomeOf(part.name)));
}

const needing = (absent) => ({ here: false, why: `it needs: ${absent.name}` });

async function lookOnly(part) {
  const look = await part.look();
  return { here: look.state === 'present', why: look.detail, obtainable: look.state === 'missing' };
}

async function lookAndGet(part, say) {
  const look = await part.look();
  if (look.state !== 'missing') return { here: look.state === 'present', why: look.detail };
  say(`${part.name}: ${look.detail}`);
  try {
    await part.get((line) => say(`${part.name}: ${line}`));
    const after = await part.look();
    if (after.state !== 'present') throw new Error(`still not there: ${after.detail}`);
    say(`${part.name}: ready, ${after.detail}`);
    return { here: true, why: after.detail, got: true };
  } catch (error) {
    say(`${part.name}: could not be had: ${error.message}`);
    return { here: false, why: error.message };
  }
}
