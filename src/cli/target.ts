import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { TitanError } from '../api/error.ts';
import type { ConnectOptions } from '../gitops/cluster.ts';

export interface TargetFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export function kubeconfigOption(): Option {
  return new Option(
    '--kubeconfig <file>',
    'the kubeconfig to use; else $KUBECONFIG, .titan/kubeconfig here, or ~/.kube/config',
  ).env('KUBECONFIG');
}

export function contextOption(): Option {
  return new Option(
    '--context <name>',
    'the fault domain to talk to, for example dc2; else the current context',
  );
}

/** The kubeconfig that is meant: the flag or $KUBECONFIG, that of `titan up` here, or the user's own. */
export function findTarget({ kubeconfig, context }: TargetFlags): ConnectOptions {
  const places = kubeconfig
    ? [kubeconfig]
    : [join('.titan', 'kubeconfig'), join(homedir(), '.kube', 'config')];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new TitanError(
      'NotFound',
      `found no kubeconfig (looked for ${places.join(', ')}): start a Titan here with \`npm start\`, or name one with --kubeconfig`,
    );
  }
  return { kubeconfig: found, ...(context === undefined ? {} : { context }) };
}
