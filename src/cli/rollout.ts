import { Command } from 'commander';
import { parseDuration } from '../api/duration.ts';
import { TitanError } from '../api/error.ts';
import type { Job } from '../api/kinds.gen.ts';
import { toTimestamp } from '../api/object.ts';
import { templateOf } from '../api/revision.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { isPassing } from './agent-objects.ts';
import { type Format, formatOption, printObjects } from './format.ts';
import { type JobObjects, jobObjects, numberedRevision } from './job-objects.ts';
import { mergePatch } from './merge-patch.ts';
import type { Output } from './output.ts';
import { printHistory, progressOf, standingOf } from './rollout-text.ts';
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
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  /** Aborts when the user wants to stop. */
  readonly interrupted: () => AbortSignal;
}

const HELP = `
A rollout begins whenever the spec of a service changes what its tasks run, and ends by itself: done, or
rolled back with the reason. These commands show it and steer it; docs/rollouts.md says what each step
waits for. What they change is the spec of the job, so a GitOps folder should be changed, too.

Examples:
  titan rollout status rocker               watch it to its end; exit code 1 unless it is good
  titan rollout history rocker              the versions that are kept
  titan rollout undo rocker                 back to the version before
  titan rollout undo rocker --to-revision 3
  titan rollout promote rocker              the canary, or the second set, is good: go on
  titan rollout pause rocker                hold it where it is
  titan rollout resume rocker
  titan rollout restart rocker              replace every task by one of the same spec`;

/** How often the API is asked how far it is. */
const LOOK_MS = 1_000;

/** What a subcommand changes of a job's spec, and what is said then. */
interface Change {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly said: string;
}

interface Changing {
  readonly job: Job;
  readonly objects: JobObjects;
  readonly flags: RolloutFlags;
  readonly now: number;
}

/** `titan rollout`: shows and steers how a job changes to a new version. */
export function rolloutCommand(parts: RolloutParts): Command {
  const { clock } = parts;
  return new Command('rollout')
    .summary('show and steer how a job changes to a new version')
    .description('Shows and steers how a job changes to a new version.')
    .addHelpText('after', HELP)
    .addCommand(statusCommand(parts))
    .addCommand(historyCommand(parts))
    .addCommand(
      changing(parts, 'undo', 'go back to an older version', undo).option(
        '--to-revision <number>',
        'the number of the version, as titan rollout history shows it; else the one before',
      ),
    )
    .addCommand(
      changing(parts, 'pause', 'hold a rollout where it is', async () => ({
        spec: { update: { paused: true } },
        said: 'is paused: titan rollout resume lets it go on',
      })),
    )
    .addCommand(
      changing(parts, 'resume', 'let a paused rollout go on', async () => ({
        spec: { update: { paused: null } },
        said: 'goes on',
      })),
    )
    .addCommand(
      changing(
        parts,
        'promote',
        'let a rollout go on after its canary, or with its second set',
        promote,
      ),
    )
    .addCommand(
      changing(parts, 'restart', 'replace every task by one of the same spec', async () => ({
        spec: { restartedAt: toTimestamp(clock.now()) },
        said: 'restarts its tasks: titan rollout status shows how far it is',
      })),
    );
}

function commandFor(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .argument('<job>', 'the name of the job')
    .option('-n, --namespace <name>', 'the namespace of the job; else that of the kubeconfig')
    .addOption(formatOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption());
}

async function objectsOf({ connect }: RolloutParts, flags: RolloutFlags): Promise<JobObjects> {
  return jobObjects(await connect(findTarget(flags)), flags.namespace);
}

function changing(
  parts: RolloutParts,
  name: string,
  summary: string,
  changeOf: (changing: Changing) => Promise<Change>,
): Command {
  return commandFor(name, summary).action(async (name: string, flags: RolloutFlags) => {
    const objects = await objectsOf(parts, flags);
    const job = await objects.get(name);
    const { spec, said } = await changeOf({ job, objects, flags, now: parts.clock.now() });
    const changed = await objects.change(name, spec);
    if (flags.output !== undefined) printObjects(parts.output, [changed], flags.output);
    else parts.output.done(`job ${name} ${said}`);
  });
}

async function undo({ job, objects, flags }: Changing): Promise<Change> {
  const history = await objects.history(job);
  const number = flags.toRevision ?? history[1]?.spec.number;
  if (number === undefined) {
    throw new TitanError('NotFound', `job ${job.metadata.name} has no older version to go back to`);
  }
  const { spec } = numberedRevision(history, Number(number));
  const change = mergePatch(templateOf(job), spec.template);
  if (Object.keys(change).length === 0) {
    throw new TitanError('BadRequest', `the spec is that of revision ${spec.number} already`);
  }
  const version = String(spec.template.version);
  return { spec: change, said: `goes back to revision ${spec.number} (version ${version})` };
}

async function promote({ job }: Changing): Promise<Change> {
  const waiting = (job.status?.domains ?? []).flatMap(({ rollout }) =>
    rollout?.phase === 'AwaitingPromotion' ? [rollout] : [],
  );
  const [first] = waiting;
  if (first === undefined) {
    const { text } = standingOf(job);
    throw new TitanError('BadRequest', `nothing waits to be promoted (${text})`);
  }
  const said = `goes on with revision ${first.number}: titan rollout status shows how far it is`;
  return { spec: { update: { promoted: first.revision } }, said };
}

function historyCommand(parts: RolloutParts): Command {
  return commandFor('history', 'show the versions of a job that are kept').action(
    async (name: string, flags: RolloutFlags) => {
      const objects = await objectsOf(parts, flags);
      const job = await objects.get(name);
      const history = await objects.history(job);
      if (flags.output !== undefined) printObjects(parts.output, history, flags.output);
      else printHistory(parts.output, job, history);
    },
  );
}

function statusCommand(parts: RolloutParts): Command {
  return commandFor('status', 'watch a rollout to its end')
    .option('--timeout <duration>', 'watch no longer than this, for example 10m')
    .option('--no-watch', 'say how far it is, and do not wait')
    .action(async (name: string, flags: RolloutFlags) => {
      const objects = await objectsOf(parts, flags);
      const job = await watch(name, { parts, objects, flags });
      const { over, good, text } = standingOf(job);
      if (flags.output !== undefined) {
        printObjects(parts.output, [job.status ?? {}], flags.output);
      } else if (good) parts.output.done(`job ${name} ${text}`);
      else if (over) parts.output.fail(`job ${name} ${text}`);
      else parts.output.warn(`job ${name} ${text}`);
      if (!good) process.exitCode = 1;
    });
}

interface Watching {
  readonly parts: RolloutParts;
  readonly objects: JobObjects;
  readonly flags: RolloutFlags;
}

/** Until it is over, the time is, or the user ends it; says what has changed. */
async function watch(name: string, { parts, objects, flags }: Watching): Promise<Job> {
  const { output, clock, interrupted } = parts;
  const signal = interrupted();
  const endAt = clock.now() + timeoutOf(flags);
  let job = await objects.get(name);
  let said = '';
  while (flags.watch !== false && !standingOf(job).over) {
    const lines = progressOf(job);
    if (flags.output === undefined && lines.join() !== said)
      for (const line of lines) output.line(line);
    said = lines.join();
    if (clock.now() >= endAt || signal.aborted) break;
    await clock.sleep(LOOK_MS, signal);
    job = await objects.get(name).catch((thrown: unknown) => {
      if (!isPassing(thrown)) throw thrown;
      return job;
    });
  }
  return job;
}

function timeoutOf({ timeout }: RolloutFlags): number {
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  const ms = parseDuration(timeout);
  if (ms !== undefined) return ms;
  throw new TitanError('BadRequest', `--timeout is "${timeout}": expected a duration such as 10m`);
}
