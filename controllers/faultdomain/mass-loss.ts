import type { Condition } from '../../src/api/condition.ts';
import { guardOf, isFrozen, MASS_LOSS, MASS_LOSS_RELEASE_ANNOTATION } from '../../src/api/guard.ts';
import type { Agent, FaultDomain } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';

/** The loss of one agent is never a mass loss, however few there are. */
const LOST_MIN = 2;

/**
 * Whether so many agents were lost at once that it is rather the network, or Titan itself, that is at
 * fault. Once it is so it stays so until enough of them are back, or a person says otherwise: an agent
 * that people have cordoned does not count, nor does one that is forgotten.
 */
export function massLossCondition(
  domain: FaultDomain,
  agents: readonly Agent[],
  now: Millis,
): Condition {
  const { lossShare, withinMs } = guardOf(domain);
  const before = domain.status?.conditions?.find(({ type }) => type === MASS_LOSS);
  const frozen = isFrozen(domain);
  const from = frozen ? fromTimestamp(before?.lastTransitionTime ?? '') : now;
  const counted = agents.filter(({ spec }) => spec?.unschedulable !== true);
  const active = counted.filter(({ status }) => status?.phase === 'Active').length;
  const lost = counted.filter((agent) => lostAt(agent) >= from - withinMs).length;
  const isMass = lost >= LOST_MIN && lost > lossShare * (active + lost);
  const text = `${lost} of ${active + lost} agents were lost within ${withinMs / 1_000} s`;
  if (!isMass) {
    const message = lost === 0 ? 'No agents are missing' : `Only ${text}`;
    return { type: MASS_LOSS, status: 'False', reason: 'AgentsPresent', message };
  }
  if (domain.metadata.annotations?.[MASS_LOSS_RELEASE_ANNOTATION] !== undefined) {
    const message = `${text}; the annotation ${MASS_LOSS_RELEASE_ANNOTATION} lets their tasks be replaced all the same`;
    return { type: MASS_LOSS, status: 'False', reason: 'Released', message };
  }
  const message = `${text}: their tasks are replaced slowly, and nothing is scaled in, until they return; kubectl annotate faultdomain ${domain.metadata.name} ${MASS_LOSS_RELEASE_ANNOTATION}=true says that they won't`;
  return { type: MASS_LOSS, status: 'True', reason: 'AgentsLost', message };
}

function lostAt({ status }: Agent): Millis {
  if (status?.phase === 'Active' || status?.lostSince === undefined) return 0;
  return fromTimestamp(status.lostSince);
}
