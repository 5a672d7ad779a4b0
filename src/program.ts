/**
 * The composition root: the commands, and what stands behind each. Heavy parts are loaded by the command
 * that needs them, so that `titan --help` is quick.
 */
import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Command } from 'commander';
import { applyCommand } from './cli/apply.ts';
import { cordonCommand, uncordonCommand } from './cli/cordon.ts';
import { drainCommand } from './cli/drain.ts';
import { printFailure } from './cli/failure.ts';
import { leaderCommand } from './cli/leader.ts';
import { mesosCommand } from './cli/mesos.ts';
import { overwriting, progressOn, terminalOutput } from './cli/output.ts';
import { explainCommand, planCommand } from './cli/plan.ts';
import { recordCommand } from './cli/record.ts';
import { rolloutCommand } from './cli/rollout.ts';
import { serveCommand } from './cli/serve.ts';
import { simulateCommand } from './cli/simulate.ts';
import { syncCommand } from './cli/sync.ts';
import { upCommand } from './cli/up.ts';
import { versionCommand } from './cli/version.ts';
import type { Cluster } from './gitops/cluster.ts';
import { readManifests } from './gitops/folder.ts';
import { systemClock } from './runtime/clock.ts';
import { systemRandom } from './runtime/random.ts';

const HELP = `
Start here:
  titan up                                  a whole Titan on this machine
  titan apply -f manifests/rocker.json      run a job in three fault domains
  kubectl --kubeconfig .titan/kubeconfig get jobs,tasks,agents,faultdomains

Everything else is kubectl: get, describe, scale, edit, delete, wait. Each command explains itself
with --help.`;

const output = terminalOutput(process.stdout);
const trouble = terminalOutput(process.stderr);
const environment = process.env;
const clock = systemClock();
const random = systemRandom();
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** A key press may arrive twice, from the terminal and from a parent that passes it on. */
const SAME_PRESS_MS = 500;

/** Aborts at the first SIGINT or SIGTERM; a later one ends the process at once. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && clock.now() - firstAt > SAME_PRESS_MS) process.exit(130);
      firstAt ||= clock.now();
      controller.abort();
    });
  }
  return controller.signal;
}

async function openCluster(
  options: Parameters<typeof import('./gitops/cluster.ts').connect>[0],
): Promise<Cluster> {
  const { connect } = await import('./gitops/cluster.ts');
  return connect(options);
}

const world = { clock, random, output, interrupted };
/** As by SIGKILL, for failpoints. */
const die = () => void process.kill(process.pid, 'SIGKILL');
const planParts = {
  output,
  connect: openCluster,
  read: readManifests,
  now: () => clock.now(),
  loadPlugins: async (files: readonly string[]) =>
    (await import('./compose/plugins.ts')).loadPlugins(files),
};
const program = new Command('titan')
  .description(
    'Titan schedules jobs over fault domains and regions, on Apache Mesos, with a Kubernetes API.',
  )
  .addHelpText('after', HELP)
  .showHelpAfterError('(titan --help tells more)')
  .addCommand(
    upCommand({
      environment,
      run: async (config) => (await import('./compose/up.ts')).up({ ...world, config, version }),
    }),
  )
  .addCommand(
    serveCommand({
      environment,
      run: async (config) =>
        (await import('./compose/serve.ts')).serve({
          ...{ ...world, config, version, die },
          // Now, since one that is killed cannot leave what was compiled to its next life.
          started: flushCompileCache,
        }),
    }),
  )
  .addCommand(applyCommand({ output, connect: openCluster, read: readManifests }))
  .addCommand(planCommand(planParts))
  .addCommand(explainCommand(planParts))
  .addCommand(
    simulateCommand({
      ...planParts,
      play: async (question) => (await import('./compose/what-if.ts')).whatIf(question),
      progress: overwriting(process.stderr),
      exit: (code) => {
        process.exitCode = code;
      },
    }),
  )
  .addCommand(recordCommand(planParts))
  .addCommand(
    syncCommand({
      output,
      connect: openCluster,
      interrupted,
      once: async (options) => (await import('./gitops/sync.ts')).syncOnce({ ...options, clock }),
      forever: async (options, signal) =>
        (await import('./gitops/sync.ts')).syncForever({ ...options, clock }, signal),
    }),
  )
  .addCommand(cordonCommand({ output, connect: openCluster }))
  .addCommand(uncordonCommand({ output, connect: openCluster }))
  .addCommand(drainCommand({ output, connect: openCluster, clock, interrupted }))
  .addCommand(
    rolloutCommand({
      ...{ output, connect: openCluster, clock, interrupted },
      progress: progressOn(process.stdout),
    }),
  )
  .addCommand(leaderCommand({ output, connect: openCluster, clock }))
  .addCommand(
    mesosCommand({
      environment,
      run: async (config) => (await import('./compose/mesos.ts')).mesos({ ...world, config }),
    }),
  )
  .addCommand(versionCommand({ output, version, node: process.version }));

try {
  await program.parseAsync();
} catch (thrown) {
  printFailure(trouble, thrown);
  // What a command that failed had begun must not keep the process.
  process.exit(1);
}
