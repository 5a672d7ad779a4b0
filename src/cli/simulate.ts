import { Command } from 'commander';
import { parseDuration } from '../api/duration.ts';
import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { CAPACITY_GROUP, type CapacityGroup, JOB, type Job } from '../api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../api/object.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import type { Reading } from '../gitops/document.ts';
import { unknownNames } from '../scheduling/forecast/changes.ts';
import type { Plugin } from '../scheduling/place/catalog.ts';
import type { Answer, Question, Strike } from '../sim/what-if/port.ts';
import { openDomains } from './domains.ts';
import { type Format, formatOption, printObjects } from './format.ts';
import { type Output, warnerOf } from './output.ts';
import { type Recording, readRecording, recordDomains } from './recording.ts';
import { printAnswer } from './simulate-text.ts';
import { contextOption, kubeconfigOption, type TargetFlags } from './target.ts';
import { readThoughtOf } from './thought-of.ts';

interface SimulateFlags extends TargetFlags {
  readonly filename?: readonly string[];
  readonly from?: string;
  readonly fail?: readonly string[];
  readonly for: string;
  readonly seed: string;
  readonly output?: Format;
  readonly schedulerPlugin?: readonly string[];
}

export interface SimulateParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly read: (path: string) => Promise<Reading>;
  readonly now: () => Millis;
  readonly loadPlugins: (files: readonly string[]) => Promise<readonly Plugin[]>;
  readonly play: (question: Question) => Promise<Answer>;
  /** Says how far it has come, over what was said before. */
  readonly progress: (text: string) => void;
  /** What the process ends with. */
  readonly exit: (code: number) => void;
}

const HELP = `
Nothing real is touched: the code that runs in production is run on a clock of its own, over machines
that are like the agents. Tasks begin where they ran, and run until they are stopped.
A failure is a fault domain, a zone, an agent, or an attribute as rack=r1, and when: +5m from the
start, 18:00 (UTC, the next from the start on), or 2026-11-22T18:00:00Z. It is for good.

Ends with 0 when every job has all its tasks at the end, with 3 when not.

Examples:
  titan simulate --fail dc1-agent-01@+1m            what becomes of its tasks, and how soon
  titan simulate --fail zone=a@18:00 --for 2h       what if the zone dies at six
  titan simulate -f bigger.yaml                     whether there is room, played to its end
  titan record -o monday.ndjson && titan simulate --from monday.ndjson --fail dc2@+5m -o json`;

/** Ends of \`titan simulate\` where not every job is whole. */
const NOT_WHOLE = 3;
const DAY_MS = 86_400_000;
const LONGEST_MS = 7 * DAY_MS;

/** `titan simulate`: plays what would happen, by time. */
export function simulateCommand(parts: SimulateParts): Command {
  return new Command('simulate')
    .summary('play what would happen, by time: what if dc2 dies at 18:00')
    .description('Plays a cluster on a clock of its own, with what fails and when, and tells.')
    .option('-f, --filename <path...>', 'jobs and capacity groups that are applied at the start')
    .option('--from <file>', 'what titan record wrote, in place of the cluster as it is now')
    .option('--fail <what@when...>', 'what fails, and when')
    .option('--for <span>', 'how long is played, for example 30m or 2h', '30m')
    .option('--seed <number>', 'all that is left to chance follows from it', '1')
    .option('--scheduler-plugin <file...>', 'the plugins that the server was started with')
    .addOption(formatOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action((flags: SimulateFlags) => run(flags, parts));
}

async function run(flags: SimulateFlags, parts: SimulateParts): Promise<void> {
  const { output, play, progress, loadPlugins } = parts;
  const spanMs = spanOf(flags.for);
  const seed = seedOf(flags.seed);
  const changes = await readChanges(flags, parts);
  const plugins = await loadPlugins(flags.schedulerPlugin ?? []);
  const { at, domains } = await recordingOf(flags, parts);
  const strikes = (flags.fail ?? []).map((text) => strikeOf(text, at));
  checkStrikes(strikes, { domains, spanMs });
  const answer = await play({
    ...changes,
    domains,
    strikes,
    startAt: at,
    spanMs,
    seed,
    plugins,
    progress: (playedMs) => progress(`played ${Math.floor((playedMs / spanMs) * 100)} %`),
  });
  progress('');
  if (flags.output === undefined) printAnswer(answer, output);
  else printObjects(output, [answer], flags.output);
  if (!answer.whole) parts.exit(NOT_WHOLE);
}

function spanOf(text: string): Millis {
  const spanMs = parseDuration(text);
  if (spanMs !== undefined && spanMs >= 1_000 && spanMs <= LONGEST_MS) return spanMs;
  throw new TitanError('BadRequest', `--for is "${text}": expected 1s to 7d, for example 2h`);
}

function seedOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TitanError('BadRequest', `--seed is "${text}": expected a number, for example 7`);
}

/** @throws TitanError (`BadRequest`) */
function strikeOf(text: string, startAt: Millis): Strike {
  const at = text.lastIndexOf('@');
  const [name, when] = [text.slice(0, at), text.slice(at + 1)];
  const afterMs = at < 1 ? undefined : afterOf(when, startAt);
  if (afterMs !== undefined && afterMs >= 0) return { name, afterMs };
  const message = `--fail is "${text}": expected what and when, for example dc2@+5m, zone=a@18:00 or agent-1@${toTimestamp(startAt + 60_000)}`;
  throw new TitanError('BadRequest', message);
}

function afterOf(when: string, startAt: Millis): Millis | undefined {
  if (when.startsWith('+')) return parseDuration(when.slice(1));
  const clock = /^(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)$/.exec(when)?.groups;
  if (clock !== undefined) {
    const ofDay = (Number(clock.hour) * 60 + Number(clock.minute)) * 60_000;
    return (((ofDay - startAt) % DAY_MS) + DAY_MS) % DAY_MS;
  }
  const moment = fromTimestamp(when);
  return Number.isFinite(moment) ? moment - startAt : undefined;
}

function checkStrikes(
  strikes: readonly Strike[],
  { domains, spanMs }: Pick<Question, 'domains' | 'spanMs'>,
): void {
  const names = strikes.map(({ name }) => name);
  const unknown = names.filter((name) =>
    domains.every(({ domain, agents }) => {
      const home = { name: domain.metadata.name, region: domain.spec.region };
      return unknownNames({ fail: [name], add: [] }, agents, home).length > 0;
    }),
  );
  if (unknown.length > 0) {
    const message = `nothing here is called ${unknown.join(', ')}: name a fault domain, a zone, an agent, or an attribute as rack=r1`;
    throw new TitanError('NotFound', message);
  }
  const late = strikes.find(({ afterMs }) => afterMs >= spanMs);
  if (late === undefined) return;
  const hours = Math.ceil(late.afterMs / 3_600_000) + 1;
  throw new TitanError(
    'BadRequest',
    `${late.name} would fail after the end of what is played: say --for ${hours}h`,
  );
}

const KINDS = { job: JOB, 'capacity group': CAPACITY_GROUP };

async function readChanges(
  flags: SimulateFlags,
  { read, output }: SimulateParts,
): Promise<Pick<Question, 'jobs' | 'groups'>> {
  const warn = warnerOf(flags, output);
  const objects = await readThoughtOf(flags.filename ?? [], { read, warn, kinds: KINDS });
  const of = ({ kind }: Kind) => objects.filter((object) => object.kind === kind);
  return {
    jobs: of(JOB).map(inNamespace) as unknown as readonly Job[],
    groups: of(CAPACITY_GROUP) as unknown as readonly CapacityGroup[],
  };
}

function inNamespace<T extends { readonly metadata: { readonly namespace?: string } }>(object: T) {
  return { ...object, metadata: { namespace: 'default', ...object.metadata } };
}

async function recordingOf(flags: SimulateFlags, parts: SimulateParts): Promise<Recording> {
  if (flags.from !== undefined) return readRecording(flags.from);
  const { connect, output, now } = parts;
  const { domains } = await openDomains({ flags, connect, warn: warnerOf(flags, output) });
  return recordDomains(domains, now());
}
