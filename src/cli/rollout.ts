import { Command } from 'commander';
import { parseDuration } from '../api/duration.ts';
import { hasReason, TitanError } from '../api/error.ts';
import type { Job } from '../api/kinds.gen.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { isPassing } from './agent-objects.ts';
import { type Format, formatOption, printObjects } from './format.ts';
import { type JobObjects, jobObjects } from './job-objects.ts';
import type { Output, Progress } from './output.ts';
import {
  type Change,
  type ChangeOf,
  pause,
  promote,
  restart,
  resume,
  undo,
} from './rollout-changes.ts';
import { HELP } from './rollout-help.ts';
import { nextStep, printHistory, progressOf, standingOf } from './rollout-text.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface RolloutFlags extends TargetFlags {
  readonly namespace?: string;
  readonly output?: Format;
  readonly timeout?: string;
  readonly toRevision?: string;
  readonly watch?: boolean;
}

export interface RolloutParts {
  readonly output: Output;
  readonly progress: Progress;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  /** Aborts when the user wants to stop. */
  readonly interrupted: () => AbortSignal;
}

/** How often the API is asked how far it is. */
const LOOK_MS = 1_000;
/** How often a change is tried while the status of the job changes under it. */
const TRIES_MAX = 10;
const AWAY = 'the API does not answer: it is asked again until it does';

/** `titan rollout`: shows and steers how a job changes to a new version. */
export function rolloutCommand(parts: RolloutParts): Command {
  return new Command('rollout')
    .summary('show and steer how a job changes to a new version')
    .description('Shows and steers how a job changes to a new version.')
    .addHelpText('after', HELP.all)
    .addCommand(statusCommand(parts))
    .addCommand(historyCommand(parts))
    .addCommand(
      changing(parts, 'undo', undo).option(
        '--to-revision <number>',
        'the number of the version, as titan rollout history shows it; else the last that was good',
      ),
    )
    .addCommand(changing(parts, 'pause', pause))
    .addCommand(changing(parts, 'resume', resume))
    .addCommand(changing(parts, 'promote', promote))
    .addCommand(changing(parts, 'restart', restart));
}

const SUMMARIES = {
  status: 'watch a rollout to its end',
  history: 'show the versions of a job that are kept',
  undo: 'go back to an older version',
  pause: 'hold a rollout where it is',
  resume: 'let a paused rollout go on',
  promote: 'let a rollout go on after its canary, or with its second set',
  restart: 'replace every task by one of the same spec',
} as const;

type Name = keyof typeof SUMMARIES;

function commandFor(name: Name): Command {
  const summary = SUMMARIES[name];
  return new Command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .argument('<job>', 'the name of the job, or job/name')
    .option('-n, --namespace <name>', 'the namespace of the job; else that of the kubeconfig')
    .addOption(formatOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP[name])
    .showHelpAfterError(`(titan rollout ${name} --help tells more)`);
}

async function objectsOf({ connect }: RolloutParts, flags: RolloutFlags): Promise<JobObjects> {
  return jobObjects(await connect(findTarget(flags)), flags.namespace);
}

/** @throws TitanError (`BadRequest`) where it is no name, with or without the kind that kubectl writes before it */
function nameOf(text: string): string {
  const found = /^(?:jobs?(?:\.titan\.dev)?\/)?(?<name>[^/]+)$/.exec(text)?.groups?.name;
  if (found !== undefined) return found;
  const message = `"${text}" names no job: expected its name, and -n for its namespace`;
  throw new TitanError('BadRequest', message);
}

function changing(parts: RolloutParts, name: Name, changeOf: ChangeOf): Command {
  return commandFor(name).action(async (text: string, flags: RolloutFlags) => {
    const job = nameOf(text);
    const objects = await objectsOf(parts, flags);
    const { changed, said } = await steer(job, changeOf, { parts, objects, flags });
    if (flags.output !== undefined) printObjects(parts.output, [changed], flags.output);
    else parts.output.done(`job ${job} ${said}`);
  });
}

interface Doing {
  readonly parts: RolloutParts;
  readonly objects: JobObjects;
  readonly flags: RolloutFlags;
}

/** Changes the spec that was looked at, and no other: two people at once are not to make one that nobody wanted. */
async function steer(
  name: string,
  changeOf: ChangeOf,
  { parts: { clock }, objects, flags: { toRevision } }: Doing,
): Promise<{ readonly changed: Job; readonly said: Change['said'] }> {
  let job = await objects.get(name);
  const { generation } = job.metadata;
  for (let tries = 1; ; tries += 1) {
    const history = await objects.history(job);
    const { spec, said } = changeOf({ job, history, toRevision, now: clock.now() });
    const changed = await objects.change(job, spec).catch((thrown: unknown) => {
      if (!hasReason(thrown, 'Conflict') || tries === TRIES_MAX) throw thrown;
      return undefined;
    });
    if (changed !== undefined) return { changed, said };
    job = await objects.get(name);
    if (job.metadata.generation === generation) continue;
    const message = `somebody else has just changed job ${name}: see titan rollout history ${name}, and say it again`;
    throw new TitanError('Conflict', message);
  }
}

function historyCommand(parts: RolloutParts): Command {
  return commandFor('history').action(async (text: string, flags: RolloutFlags) => {
    const objects = await objectsOf(parts, flags);
    const job = await objects.get(nameOf(text));
    const history = await objects.history(job);
    if (flags.output !== undefined) printObjects(parts.output, history, flags.output);
    else printHistory(parts.output, job, history);
  });
}

function statusCommand(parts: RolloutParts): Command {
  return commandFor('status')
    .option('--timeout <duration>', 'watch no longer than this, for example 10m')
    .option('--no-watch', 'say how far it is, and do not wait')
    .action(async (text: string, flags: RolloutFlags) => {
      const name = nameOf(text);
      const endAt = parts.clock.now() + timeoutOf(flags);
      const objects = await objectsOf(parts, flags);
      const job = await watch(name, { parts, objects, flags }, endAt);
      if (!standingOf(job).good) process.exitCode = 1;
      if (flags.output !== undefined) printObjects(parts.output, [job.status ?? {}], flags.output);
      else report(job, parts.output, flags);
    });
}

function report(job: Job, output: Output, { namespace }: RolloutFlags): void {
  const { over, good, text } = standingOf(job);
  const line = `job ${job.metadata.name} ${text}`;
  if (good) {
    output.done(line);
    return;
  }
  if (over) output.fail(line);
  else output.warn(line);
  output.line(`    ${nextStep(job, namespace)}`);
}

/** Until it is over, the time is, or the user ends it; says what has changed. */
async function watch(
  name: string,
  { parts: { progress, clock, interrupted }, objects, flags }: Doing,
  endAt: number,
): Promise<Job> {
  const signal = interrupted();
  const isTold = flags.output === undefined;
  let job = await objects.get(name);
  let isAway = false;
  while (flags.watch !== false && !standingOf(job).over) {
    if (isTold) progress.show([...progressOf(job, progress.inPlace), ...(isAway ? [AWAY] : [])]);
    if (clock.now() >= endAt || signal.aborted) break;
    await clock.sleep(LOOK_MS, signal);
    const next = await objects.get(name).catch((thrown: unknown) => {
      if (!isPassing(thrown)) throw hasReason(thrown, 'NotFound') ? goneError(name) : thrown;
      return undefined;
    });
    isAway = next === undefined;
    job = next ?? job;
  }
  return job;
}

function goneError(name: string): TitanError {
  return new TitanError('NotFound', `job ${name} is gone: it was deleted meanwhile`);
}

function timeoutOf({ timeout }: RolloutFlags): number {
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const ms = parseDuration(timeout);
  if (ms !== undefined) return ms;
  throw new TitanError('BadRequest', `--timeout is "${timeout}": expected a duration such as 10m`);
}
