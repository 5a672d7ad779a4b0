import { Command } from 'commander';
import { asTitanError } from '../api/error.ts';
import type { ApplyOptions, Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { describeObject, joinReadings, type Manifest, type Reading } from '../gitops/document.ts';
import { printFailure } from './failure.ts';
import type { Output } from './output.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface ApplyFlags extends TargetFlags {
  readonly filename: readonly string[];
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export interface ApplyParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly read: (path: string) => Promise<Reading>;
}

const HELP = `
Files hold Kubernetes resources, as kubectl takes them, or the flat job document:

  {"name": "rocker", "applicationName": "nf-rocker", "version": "1.06",
   "location": "dc1:20,us-west-2:dc2:40,dc5:60", "cpus": 4, "memory": 3200}

Any fault domain takes a job; the others learn of it by themselves.

Examples:
  titan apply -f manifests/rocker.json
  titan apply -f manifests/ --dry-run
  titan apply -f job.yaml --context dc2`;

/** \`titan apply\`: brings manifests in, and says for each what came of it. */
export function applyCommand({ output, connect, read }: ApplyParts): Command {
  return new Command('apply')
    .summary('apply job documents and other manifests')
    .description('Applies manifests to a fault domain: server-side, with unknown fields refused.')
    .requiredOption('-f, --filename <path...>', 'files or folders (.yaml, .yml, .json)')
    .option('--dry-run', 'go through all checks, but store nothing')
    .option('--force', 'take over fields that somebody else has set')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action(async (flags: ApplyFlags) => {
      const cluster = await connect(findTarget(flags));
      const reading = joinReadings(await Promise.all(flags.filename.map(read)));
      for (const { file, line, message } of reading.problems) {
        output.fail(`${file}:${line}: ${message}`);
      }
      const options = {
        manager: 'titan',
        force: flags.force ?? false,
        dryRun: flags.dryRun ?? false,
      };
      let failed = reading.problems.length;
      for (const manifest of reading.manifests) {
        if (!(await applyOne(manifest, { cluster, output, options }))) failed += 1;
      }
      if (reading.manifests.length + failed === 0) {
        output.fail('the files hold no manifest');
        failed = 1;
      }
      if (failed > 0) process.exitCode = 1;
    });
}

interface ApplyOne {
  readonly cluster: Cluster;
  readonly output: Output;
  readonly options: ApplyOptions;
}

async function applyOne(
  { object, file, line }: Manifest,
  { cluster, output, options }: ApplyOne,
): Promise<boolean> {
  try {
    const result = await cluster.apply(object, options);
    output.done(`${describeObject(object)} ${result}${options.dryRun ? ' (dry run)' : ''}`);
    return true;
  } catch (thrown) {
    printFailure(output, thrown, `${file}:${line}: ${describeObject(object)}`);
    if (isOwnedByOthers(thrown)) {
      output.line('    Somebody else has set these fields: --force takes them over.');
    }
    return false;
  }
}

function isOwnedByOthers(thrown: unknown): boolean {
  const { causes = [] } = asTitanError(thrown).details;
  return causes.some(({ reason }) => reason === 'FieldManagerConflict');
}
