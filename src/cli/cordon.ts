import { Command } from 'commander';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { type AgentObjects, agentObjects } from './agent-objects.ts';
import { printFailure } from './failure.ts';
import { type Format, formatOption, printObjects } from './format.ts';
import type { Output } from './output.ts';
import { contextOption, findTarget, kubeconfigOption, type TargetFlags } from './target.ts';

interface CordonFlags extends TargetFlags {
  readonly output?: Format;
}

export interface CordonParts {
  readonly output: Output;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
}

const CORDON_HELP = `
Tasks that run there stay. titan drain moves them away; titan uncordon lets new ones come again.

Examples:
  titan cordon dc1-agent-03
  titan cordon dc2-agent-01 dc2-agent-02 --context dc2`;

const UNCORDON_HELP = `
A drain that is under way ends, too: what has not moved yet stays where it is.

Example:
  titan uncordon dc1-agent-03`;

/** \`titan cordon\`: keeps new tasks away from agents. */
export function cordonCommand(parts: CordonParts): Command {
  return commandWith(parts, 'cordon', CORDON_HELP)
    .summary('keep new tasks away from agents')
    .description('Keeps new tasks away from agents (spec.unschedulable).');
}

/** \`titan uncordon\`: lets new tasks come to agents, and ends their drains. */
export function uncordonCommand(parts: CordonParts): Command {
  return commandWith(parts, 'uncordon', UNCORDON_HELP)
    .summary('let new tasks come to agents again')
    .description('Lets new tasks come to agents again, and ends drains of them.');
}

function commandWith(
  { output, connect }: CordonParts,
  name: 'cordon' | 'uncordon',
  help: string,
): Command {
  return new Command(name)
    .argument('<agent...>', 'names of agents, as kubectl get agents shows them')
    .addOption(formatOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText('after', help)
    .action(async (agents: readonly string[], flags: CordonFlags) => {
      const objects = agentObjects(await connect(findTarget(flags)));
      const changed = [];
      for (const agent of agents) {
        const result = await changeOne(objects, agent, name).catch((thrown: unknown) => {
          printFailure(output, thrown, `${name} ${agent}`);
          process.exitCode = 1;
        });
        if (result === undefined) continue;
        if (flags.output === undefined) output.done(`agent ${agent} ${result.said}`);
        changed.push(result.agent);
      }
      if (flags.output !== undefined) printObjects(output, changed, flags.output);
    });
}

async function changeOne(objects: AgentObjects, name: string, what: 'cordon' | 'uncordon') {
  const before = await objects.get(name);
  const wanted = what === 'cordon';
  const same = (before.spec?.unschedulable ?? false) === wanted;
  if (same && (wanted || before.spec?.drain === undefined)) {
    return { agent: before, said: `was ${what}ed already` };
  }
  const change = wanted ? { unschedulable: true } : { unschedulable: false, drain: null };
  return { agent: await objects.change(name, change), said: `${what}ed` };
}
