import { Command } from 'commander';
import { parseDuration } from '../api/duration.ts';
import { TitanError } from '../api/error.ts';
import type { Agent } from '../api/kinds.gen.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { type AgentObjects, agentObjects, isPassing } from './agent-objects.ts';
import { type Format, formatOption, printObjects } from './format.ts';
import type { Output } from './output.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface DrainFlags extends TargetFlags {
  readonly maxParallel?: string;
  readonly deadline?: string;
  readonly timeout?: string;
  readonly wait: boolean;
  readonly output?: Format;
}

export interface DrainParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  /** Aborts when the user wants to stop. */
  readonly interrupted: () => AbortSignal;
}

const HELP = `
The agent takes no new tasks, and those that it has move to others a few at a time: each is stopped
only once the one that follows it runs. Tasks of exclusive jobs are stopped first, tasks of batch jobs
may run to their end, those that run one on each agent (location dc1:*) are stopped last. Every task
that is stopped has its kill wait.

The fault domain does it by itself: Ctrl-C here only ends the watching. titan uncordon calls it off.

Examples:
  titan drain dc1-agent-03
  titan drain dc1-agent-03 --max-parallel 10 --deadline 10m
  titan drain dc1-agent-03 --no-wait
  titan drain dc1-agent-03 --timeout 5m -o json`;

/** How often the API is asked how far it is. */
const LOOK_MS = 1_000;

/** \`titan drain\`: empties an agent, says how far it is, and ends with a report. */
export function drainCommand(parts: DrainParts): Command {
  return new Command('drain')
    .summary('move all tasks away from an agent')
    .description('Empties an agent: keeps new tasks away and moves those that it has to others.')
    .argument('<agent>', 'the name of the agent, as kubectl get agents shows it')
    .option('--max-parallel <number>', 'how many tasks move at once; 3 unless told')
    .option('--deadline <duration>', 'stop after this what has not moved, for example 10m')
    .option('--timeout <duration>', 'watch no longer than this; the drain goes on')
    .option('--no-wait', 'ask for it, and do not watch')
    .addOption(formatOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action(async (agent: string, flags: DrainFlags) => {
      const drain = drainOf(flags);
      const timeoutMs = spanOf('--timeout', flags.timeout) ?? Number.POSITIVE_INFINITY;
      const objects = agentObjects(await parts.connect(findTarget(flags)));
      const asked = await objects.change(agent, { unschedulable: true, drain });
      const quiet = flags.output !== undefined;
      const last = flags.wait ? await watch(agent, { parts, objects, timeoutMs, quiet }) : asked;
      if (flags.output !== undefined) printObjects(parts.output, [last], flags.output);
      else if (flags.wait) report(parts.output, last);
      else parts.output.done(`agent ${agent} is being drained: kubectl describe agent ${agent}`);
      if (flags.wait && last.status?.drain?.phase !== 'Drained') process.exitCode = 1;
    });
}

function drainOf({ maxParallel, deadline }: DrainFlags) {
  const parallel = maxParallel === undefined ? undefined : Number(maxParallel);
  if (parallel !== undefined && !(Number.isInteger(parallel) && parallel > 0)) {
    throw new TitanError(
      'BadRequest',
      `--max-parallel is "${maxParallel}": expected a number from 1`,
    );
  }
  const deadlineMs = spanOf('--deadline', deadline);
  return {
    ...(parallel === undefined ? {} : { maxParallel: parallel }),
    ...(deadlineMs === undefined ? {} : { deadlineSeconds: Math.ceil(deadlineMs / 1_000) }),
  };
}

function spanOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new TitanError(
    'BadRequest',
    `${flag} is "${text}": expected a duration such as 90s or 10m`,
  );
}

interface Watching {
  readonly parts: DrainParts;
  readonly objects: AgentObjects;
  readonly timeoutMs: number;
  readonly quiet: boolean;
}

/** Until nothing is left, somebody calls it off, the time is over, or the user ends it. */
async function watch(
  name: string,
  { parts: { output, clock, interrupted }, objects, timeoutMs, quiet }: Watching,
): Promise<Agent> {
  const signal = interrupted();
  const endAt = clock.now() + timeoutMs;
  let said = '';
  let agent = await objects.get(name);
  while (!isOver(agent) && clock.now() < endAt && !signal.aborted) {
    const text = progressOf(agent);
    if (!quiet && text !== said) output.line(text);
    said = text;
    await clock.sleep(LOOK_MS, signal);
    const next = await objects.get(name).catch((thrown: unknown) => {
      if (!isPassing(thrown)) throw thrown;
      return undefined;
    });
    agent = next ?? agent;
  }
  return agent;
}

function isOver({ spec, status }: Agent): boolean {
  return spec?.drain === undefined || status?.drain?.phase === 'Drained';
}

function progressOf({ metadata, status }: Agent): string {
  const { total = 0, remaining = 0, message } = status?.drain ?? {};
  if (status?.drain === undefined) return `${metadata.name}: the drain begins`;
  return `${metadata.name}: ${total - remaining} of ${total} tasks have left${message === undefined ? '' : `; ${message}`}`;
}

function report(output: Output, { metadata, spec, status }: Agent): void {
  const { phase, total = 0, remaining = 0, startedAt, finishedAt, message } = status?.drain ?? {};
  const { name } = metadata;
  if (phase === 'Drained') {
    const seconds = (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1_000;
    output.done(
      `agent ${name} is drained: ${total} tasks have left within ${Math.round(seconds)} s`,
    );
    output.line('    It takes no tasks until titan uncordon says so.');
    return;
  }
  if (spec?.drain === undefined) {
    output.fail(`the drain of agent ${name} was called off`);
    return;
  }
  output.fail(`agent ${name} is not drained yet: ${remaining} of ${total} tasks are left`);
  output.line(`    ${message ?? 'The fault domain has not begun'}`);
  output.line(
    '    It goes on: the same command watches it again, --deadline ends it, titan uncordon calls it off.',
  );
}
