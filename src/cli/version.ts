import { Command } from 'commander';
import type { Output } from './output.ts';

export interface VersionParts {
  readonly output: Output;
  readonly version: string;
  /** The Node that runs it. */
  readonly node: string;
}

/** `titan version`: what this is, for a bug report or a script. */
export function versionCommand({ output, version, node }: VersionParts): Command {
  return new Command('version')
    .summary('print the version')
    .description('Prints the version of Titan, of the Kubernetes API that it speaks, and of Node.')
    .option('-o, --output <format>', 'json, or text')
    .action(({ output: format }: { readonly output?: string }) => {
      const all = { titan: version, kubernetesApi: 'v1.35', api: 'titan.dev/v1beta1', node };
      if (format === 'json') return output.line(JSON.stringify(all));
      output.line(`titan ${version} (titan.dev/v1beta1, Kubernetes API v1.35, Node ${node})`);
    });
}
