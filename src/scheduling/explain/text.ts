import type { Explanation, Refusal, Remedy } from './explain.ts';

/** Resources that have another name for people. */
const units: Readonly<Record<string, string>> = {
  memory: 'MiB of memory',
  disk: 'MiB of disk',
};

/** Units that are said otherwise of one. */
const single: Readonly<Record<string, string>> = { cpus: 'cpu', gpus: 'gpu' };

type TimeText = (at: number) => string;

/** The explanation as one or two sentences for people. */
export function explanationText(
  { agents, refusals, remedies, failure }: Explanation,
  timeText: TimeText,
): string {
  if (failure !== undefined) return `${failure.name} failed: ${failure.message}`;
  if (agents === 0) return 'there is no agent';
  if (refusals.length === 0) return 'there is room for it now';
  const reasons = refusals.map(refusalText).join('; ');
  const [first, ...others] = remedies.map((remedy) => remedyText(remedy, timeText));
  const help =
    first === undefined
      ? 'No smaller ask of one resource, no constraint less and no agent like these would help'
      : `It could go ${[first, ...others].join(', or ')}`;
  const none =
    agents === 1 ? 'the only agent cannot take it' : `none of ${agents} agents can take it`;
  return `${none}: ${reasons}. ${help}`;
}

function refusalText(refusal: Refusal): string {
  const { name, kind, reason, agents, wanted, had, nearest, reserved = {} } = refusal;
  if (kind === 'resource') {
    const kept = Object.entries(reserved).map(([group, amount]) => `${amount} for ${group}`);
    const beside = kept.length === 0 ? '' : `; reserved there: ${kept.join(', ')}`;
    const most = `the most is ${had ?? 0} on ${nearest}${beside}`;
    return `${agents} ${agents === 1 ? 'has' : 'have'} less than ${quantityText(name, wanted ?? 0)} free (${most})`;
  }
  if (kind === 'agent') return `${agents} ${reason}`;
  return `${agents} ruled out by ${name} (${nearest}: ${reason})`;
}

function remedyText(remedy: Remedy, timeText: TimeText): string {
  switch (remedy.do) {
    case 'wait':
      return `to ${remedy.agent} at ${timeText(remedy.until)}, when tasks there will have ended`;
    case 'less':
      return `to ${remedy.agent} if it asked for ${quantityText(remedy.name, remedy.to)}`;
    case 'drop':
      return `to ${remedy.agent} without ${remedy.name}`;
    case 'add':
      return additionText(remedy);
  }
}

function additionText({ count, like, tasks }: Remedy & { readonly do: 'add' }): string {
  const agents = `to ${count} more ${count === 1 ? 'agent' : 'agents'} like ${like}`;
  return tasks === undefined ? agents : `${agents} (${tasks} of those that wait)`;
}

function quantityText(name: string, amount: number): string {
  const unit = units[name] ?? name;
  return `${amount} ${amount === 1 ? (single[unit] ?? unit) : unit}`;
}
