import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import type { SyncEvent, SyncOptions } from '../gitops/sync.ts';
import { printFailure } from './failure.ts';
import type { Output } from './output.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface SyncFlags extends TargetFlags {
  readonly set?: string;
  readonly once?: boolean;
}

export interface SyncParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly once: (options: Omit<SyncOptions, 'clock'>) => Promise<number>;
  readonly forever: (options: Omit<SyncOptions, 'clock'>, signal: AbortSignal) => Promise<void>;
  /** Aborts when the user wants to stop. */
  readonly interrupted: () => AbortSignal;
}

const HELP = `
A file that is changed or added is applied; what a removed file declared is deleted. Only objects
that this folder made are ever deleted: they bear the label titan.dev/sync-set. A file that can't be
read is reported with its line, the rest is still applied, and nothing is deleted meanwhile.

Examples:
  titan sync manifests/               keep watching, until Ctrl-C
  titan sync manifests/ --once        one pass; exit code 1 if anything could not be applied
  titan sync team-a/ --set team-a     two folders of the same name need a --set of their own`;

/** \`titan sync\`: keeps a fault domain equal to a folder. */
export function syncCommand({ output, connect, once, forever, interrupted }: SyncParts): Command {
  return new Command('sync')
    .summary('keep the cluster equal to a folder of manifests')
    .description('Keeps the cluster equal to a folder of manifests.')
    .argument('<folder>', 'the folder')
    .option('--set <name>', 'names what this folder owns; else the name of the folder')
    .option('--once', 'make one pass and end')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action(async (folder: string, flags: SyncFlags) => {
      const cluster = await connect(findTarget(flags));
      const set = flags.set ?? setName(folder);
      const options = { folder, set, cluster, report: reporter(output) };
      if (flags.once) {
        if ((await once(options)) > 0) process.exitCode = 1;
        return;
      }
      output.line(`Keeping ${cluster.server} equal to ${folder} (set ${set}). Ctrl-C ends it.`);
      await forever(options, interrupted());
    });
}

/** A label value: letters, digits and dashes. */
function setName(folder: string): string {
  const name = basename(resolve(folder)).replaceAll(/[^A-Za-z0-9]+/g, '-');
  return name.replaceAll(/^-+|-+$/g, '').slice(0, 63) || 'root';
}

/** Prints what changed; a trouble that lasts over several passes is told once. */
function reporter(output: Output): (event: SyncEvent) => void {
  let told = new Set<string>();
  let standing = new Set<string>();
  const tellOnce = (text: string, tell: () => void) => {
    standing.add(text);
    if (!told.has(text)) tell();
  };
  return (event) => {
    switch (event.type) {
      case 'problem': {
        const { file, line, message } = event.problem;
        const text = `${file}:${line}: ${message}`;
        return tellOnce(text, () => output.fail(text));
      }
      case 'refused': {
        const about = `${event.from}: ${event.object}`;
        return tellOnce(about + event.error.message, () =>
          printFailure(output, event.error, about),
        );
      }
      case 'held':
        return tellOnce(event.reason, () => output.warn(event.reason));
      case 'applied':
        return event.result === 'unchanged'
          ? undefined
          : output.done(`${event.object} ${event.result}`);
      case 'pruned':
        return output.done(`${event.object} pruned`);
      case 'pass':
        if (told.size > 0 && standing.size === 0) output.done('all manifests are applied again');
        told = standing;
        standing = new Set();
    }
  };
}
