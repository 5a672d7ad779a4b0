/** A local Mesos in a process of its own whose agents run nothing: tasks cost next to nothing, and end well after a few seconds. */

import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import {
  parseAgentsSpec,
  portsOfAgent,
  resourcesOf,
} from '../../../src/mesos/local/agents-spec.ts';
import { type Script, scriptedMachine } from '../../../src/mesos/local/executor/scripted.ts';
import { createMaster } from '../../../src/mesos/local/master/master.ts';
import { serveMaster } from '../../../src/mesos/local/master/server.ts';
import type { Vault } from '../../../src/mesos/local/vault.ts';
import { toResources } from '../../../src/mesos/resources.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import type { Random } from '../../../src/runtime/port.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { openLog } from '../../../src/telemetry/log.ts';

const RUN_MS = 2_000;
const RUN_MAX_MS = 6_000;
const FIRST_PORT = 5_051;
const noDisk: Vault = { load: () => new Map(), put() {}, remove() {} };

const [, port = '', agentsText = ''] = process.argv.slice(2);
const spec = parseAgentsSpec(agentsText);
const common = { clock: systemClock(), random: systemRandom(), log: openLog({ level: 'warn' }) };
const master = createMaster({ ...common, vault: noDisk });
await serveMaster({ master: () => master, host: '127.0.0.1', port: Number(port) });
for (let index = 0; index < spec.count; index += 1) {
  const place = { hostname: `simulated-${index}`, port: FIRST_PORT + index };
  const ports = portsOfAgent(index, spec.count, undefined);
  const info = { ...place, resources: toResources(resourcesOf(spec, ports)), attributes: [] };
  const launcher = scriptedMachine({ ...common, script: lifeOf });
  new LocalAgent({ ...common, vault: noDisk, info, launcher }).connect(master);
}
process.send?.('ready');

function lifeOf(_: unknown, random: Random): Script {
  return { startMs: 10, runMs: RUN_MS + random.next() * (RUN_MAX_MS - RUN_MS), exitCode: 0 };
}
