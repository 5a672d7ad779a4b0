import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { countText } from '../api/count-text.ts';
import type { Millis } from '../api/object.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { openDomains } from './domains.ts';
import type { Output } from './output.ts';
import { recordDomains, recordingLines } from './recording.ts';
import { contextOption, kubeconfigOption, type TargetFlags } from './target.ts';

export interface RecordParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly now: () => Millis;
}

interface RecordFlags extends TargetFlags {
  readonly output: string;
}

const HELP = `
What is kept: fault domains, agents, capacity groups, volumes, jobs and tasks. Secrets are not read;
what stands in a job itself, such as plain values of its environment, is in the file.

Examples:
  titan record -o monday.ndjson
  titan simulate --from monday.ndjson --fail dc2@+5m`;

/** `titan record`: what `titan simulate` plays. */
export function recordCommand({ output, connect, now }: RecordParts): Command {
  return new Command('record')
    .summary('write down a cluster, for titan simulate')
    .description('Writes down what runs where now, so that it can be played without the cluster.')
    .requiredOption('-o, --output <file>', 'where to write it')
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', HELP)
    .action(async (flags: RecordFlags) => {
      const { domains } = await openDomains({ flags, connect, warn: output.warn });
      const recording = await recordDomains(domains, now());
      const lines = Readable.from(withEnds(recordingLines(recording)));
      await pipeline(lines, createWriteStream(flags.output));
      const count = (of: 'agents' | 'jobs' | 'tasks') =>
        countText(
          recording.domains.reduce((sum, each) => sum + each[of].length, 0),
          of.slice(0, -1),
        );
      const what = `${countText(domains.length, 'fault domain')}, ${count('agents')}, ${count('jobs')}, ${count('tasks')}`;
      output.done(`${flags.output} has ${what}`);
    });
}

function* withEnds(lines: Iterable<string>): Generator<string, void> {
  for (const line of lines) yield `${line}\n`;
}
