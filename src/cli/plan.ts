import { Command } from 'commander';
import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import {
  AGENT,
  type Agent,
  CAPACITY_GROUP,
  type CapacityGroup,
  type FaultDomain,
  JOB,
  type Job,
  TASK,
  type Task,
  VOLUME,
  type Volume,
} from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { type DesiredObject, type Reading, yamlText } from '../gitops/document.ts';
import { addedAgents, failing, unknownNames } from '../scheduling/forecast/changes.ts';
import { forecast } from '../scheduling/forecast/forecast.ts';
import { type Catalog, createCatalog, type Plugin } from '../scheduling/place/catalog.ts';
import { listAll, openDomains } from './domains.ts';
import { type Output, warnerOf } from './output.ts';
import { type DomainForecast, printForecast } from './plan-text.ts';
import { contextOption, kubeconfigOption, type TargetFlags } from './target.ts';
import { readThoughtOf } from './thought-of.ts';

interface PlanFlags extends TargetFlags {
  readonly filename?: readonly string[];
  readonly fail?: readonly string[];
  readonly addAgents?: readonly string[];
  readonly output?: string;
  readonly schedulerPlugin?: readonly string[];
}

export interface PlanParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly read: (path: string) => Promise<Reading>;
  readonly now: () => Millis;
  readonly loadPlugins: (files: readonly string[]) => Promise<readonly Plugin[]>;
}

const HELP = `
Nothing is applied: the manifests go through all checks of the API, then the code that places tasks
works on a copy of what each fault domain runs now.

Examples:
  titan plan -f job.yaml                          where its tasks would go, or why not
  titan plan -f job.yaml --add-agents dc1-agent-01=5
  titan plan --fail dc1-agent-01 --fail zone=a    what would move if these went away
  titan plan -f job.yaml --context dc2 -o json`;

const pluginOption = [
  '--scheduler-plugin <file...>',
  'the plugins that the server was started with, so that what they bring is known here',
] as const;

/** `titan plan`: what would happen, before anything is applied. */
export function planCommand(parts: PlanParts): Command {
  return new Command('plan')
    .summary('say what would happen, before anything is applied')
    .description('Says what tasks would be placed, kept, stopped and left waiting, and why.')
    .option('-f, --filename <path...>', 'files or folders with jobs, capacity groups and volumes')
    .option(
      '--fail <name...>',
      'think of these as gone: a fault domain, a zone, an agent, attribute=value',
    )
    .option('--add-agents <like=n...>', 'think of n more agents like this one, or of this pool')
    .option('-o, --output <format>', 'json or yaml, for programs')
    .option(...pluginOption)
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action((flags: PlanFlags) => run(flags, parts));
}

const EXPLAIN_HELP = `
Examples:
  titan explain job/rocker
  titan explain job/default/rocker --context dc2`;

/** `titan explain job/x`: why its tasks wait, and the smallest change that would help. */
export function explainCommand(parts: PlanParts): Command {
  return new Command('explain')
    .summary('say why tasks of a job wait, and what would help')
    .description(
      'Says which agents refuse the tasks of a job that wait, for what, and what would help.',
    )
    .argument('<job>', 'job/name or job/namespace/name')
    .option(...pluginOption)
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', EXPLAIN_HELP)
    .action(async (text: string, flags: PlanFlags) => {
      const job = jobNamed(text);
      const { forecasts, known } = await forecastAll([], flags, parts);
      if (!known.has(job)) {
        throw new TitanError('NotFound', `there is no job ${job}: kubectl get jobs -A shows all`);
      }
      for (const { domain, jobs } of forecasts) {
        const own = jobs.filter((each) => each.job === job);
        const waits = own.some(({ unplaced }) => unplaced.length > 0);
        if (waits) printForecast({ domain, jobs: own }, parts.output);
        else parts.output.line(`${parts.output.bold(domain)}\n  ${job}: no task lacks room`);
      }
    });
}

/** `namespace/name` of `job/name` or `job/namespace/name`. */
function jobNamed(text: string): string {
  const [kind, ...names] = text.split('/');
  const isOne = kind === 'job' && names.length > 0 && names.length < 3 && !names.includes('');
  if (isOne) return names.length === 1 ? `default/${names[0]}` : names.join('/');
  const message = `"${text}" names no job: expected job/name or job/namespace/name`;
  throw new TitanError('BadRequest', message);
}

/** The kinds that decide what would be placed. */
const KINDS = { job: JOB, 'capacity group': CAPACITY_GROUP, volume: VOLUME };

async function run(flags: PlanFlags, parts: PlanParts): Promise<void> {
  const { output, read } = parts;
  const { output: format } = flags;
  if (format !== undefined && format !== 'json' && format !== 'yaml') {
    throw new TitanError('BadRequest', `--output is "${format}": expected json or yaml`);
  }
  const warn = warnerOf(flags, output);
  const objects = await readThoughtOf(flags.filename ?? [], { read, warn, kinds: KINDS });
  const { forecasts } = await forecastAll(objects, flags, parts);
  if (format === 'json') output.line(JSON.stringify(forecasts, undefined, 2));
  else if (format === 'yaml') output.line(yamlText(forecasts).trimEnd());
  else for (const each of forecasts) printForecast(each, output);
}

interface Forecasts {
  readonly forecasts: readonly DomainForecast[];
  /** `namespace/name` of the jobs that there are. */
  readonly known: ReadonlySet<string>;
}

/** Every fault domain that the kubeconfig has a context for, or the one that \`--context\` names. */
async function forecastAll(
  objects: readonly DesiredObject[],
  flags: PlanFlags,
  { connect, now, output, loadPlugins }: PlanParts,
): Promise<Forecasts> {
  const catalog = createCatalog(await loadPlugins(flags.schedulerPlugin ?? []));
  const warn = warnerOf(flags, output);
  const { first, domains } = await openDomains({ flags, connect, warn });
  const previews = await Promise.all(objects.map((object) => first.preview(object)));
  const forecasts: DomainForecast[] = [];
  const known = new Set<string>();
  const names = [...(flags.fail ?? []), ...(flags.addAgents ?? [])];
  const unknown = new Set(names);
  for (const { domain, cluster } of domains) {
    const question = { domain, previews, flags, catalog, now: now() };
    const { jobs, names: here, unknownHere } = await forecastOf(cluster, question);
    forecasts.push({ domain: domain.metadata.name, jobs });
    for (const each of here) known.add(each);
    for (const each of names) if (!unknownHere.includes(each)) unknown.delete(each);
  }
  if (unknown.size > 0) {
    const message = `nothing here is called ${[...unknown].join(', ')}: name a fault domain, a zone, an agent, a pool, or an attribute as rack=r1`;
    throw new TitanError('NotFound', message);
  }
  return { forecasts, known };
}

interface Question {
  readonly domain: FaultDomain;
  readonly previews: readonly DesiredObject[];
  readonly flags: PlanFlags;
  readonly catalog: Catalog;
  readonly now: Millis;
}

async function forecastOf(cluster: Cluster, question: Question) {
  const { domain, previews, flags, catalog, now } = question;
  const { fail = [], addAgents: add = [] } = flags;
  const home = { name: domain.metadata.name, region: domain.spec.region };
  const of = <T>(kind: Kind) => previews.filter((object) => object.kind === kind.kind) as T[];
  const [agents, tasks, jobs, groups, volumes] = await Promise.all([
    listAll<Agent>(cluster, AGENT),
    listAll<Task>(cluster, TASK),
    listAll<Job>(cluster, JOB),
    listAll<CapacityGroup>(cluster, CAPACITY_GROUP),
    listAll<Volume>(cluster, VOLUME),
  ]);
  const forecasts = forecast({
    home,
    agents,
    tasks,
    jobs,
    groups: [...groups, ...of<CapacityGroup>(CAPACITY_GROUP)],
    volumes: [...of<Volume>(VOLUME), ...volumes],
    changed: of<Job>(JOB),
    fails: failing(fail, home),
    added: addedAgents(add, agents),
    isLost: fail.includes(home.name),
    catalog,
    now,
  });
  const names = jobs.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`);
  return { jobs: forecasts, names, unknownHere: unknownNames({ fail, add }, agents, home) };
}
