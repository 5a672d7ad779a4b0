import { EVENT } from '../../src/api/builtin.ts';
import { TitanError } from '../../src/api/error.ts';
import { apiVersionOf } from '../../src/api/kind.ts';
import { AGENT, JOB, type Job, TASK, type Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { Script, ScriptedOptions } from '../../src/mesos/local/executor/scripted.ts';
import type { Page } from '../../src/runtime/page.ts';
import type { Machine } from '../../src/sim/machines.ts';
import { aSimWorld, type Place, type World } from '../simulation/world.ts';

/**
 * What a simulated task does follows from its command: `["does", "run=10", "code=3"]` ends after 10 seconds
 * with exit code 3; `start=5` takes 5 seconds to start; `end=Infinity` does not heed SIGTERM. Any other runs until it is stopped.
 * Its probes are content from `ready=5` seconds after its start on, and `until=60`.
 */
const asItsCommandSays: ScriptedOptions['script'] = ({ task }): Script => {
  const words = task?.command?.arguments ?? [];
  const numbers = new Map(words.map((word) => word.split('=') as [string, string]));
  const [run, code, end, start] = ['run', 'code', 'end', 'start'].map((name) => numbers.get(name));
  const [ready, until] = ['ready', 'until'].map((name) => numbers.get(name));
  const isContent = (ranMs: Millis) =>
    ranMs >= Number(ready ?? 0) * 1_000 && ranMs < Number(until ?? Infinity) * 1_000;
  return {
    startMs: start === undefined ? 10 : Number(start) * 1_000,
    ...(run === undefined ? {} : { runMs: Number(run) * 1_000 }),
    ...(code === undefined ? {} : { exitCode: Number(code) }),
    ...(end === undefined ? {} : { endMs: Number(end) * 1_000 }),
    check: (_, ranMs) => ({ result: isContent(ranMs) ? 0 : 1, tookMs: 0 }),
  };
};

/** Runs the commands of a scenario against simulated fault domains; but for `watch`, against the first of them. */
export interface SimPlay {
  run(command: string): Promise<string>;
  /** Of the control plane too. */
  end(): void;
}

export async function aSimPlay(names: readonly string[] = ['dc1']): Promise<SimPlay> {
  const pages = new Map<string, Page>();
  const world = await aSimWorld({
    names,
    agents: 3,
    cpus: 4,
    script: asItsCommandSays,
    async readPage(url) {
      const page = pages.get(url);
      if (page === undefined) throw new TitanError('ServiceUnavailable', 'connection refused');
      return page;
    },
  });
  const [place] = world.places as readonly [Place];
  return {
    run: (line) => {
      const [name = '', rest = ''] = split(line);
      const command = commands[name];
      if (command === undefined) throw new Error(`no scenario knows the command "${name}"`);
      return command(rest, { ...world, place, pages });
    },
    end: () => {
      for (const each of world.places) each.crash();
    },
  };
}

/** Addresses with what they answer; others cannot be reached. */
type Stage = World & { readonly place: Place; readonly pages: Map<string, Page> };
type Command = (rest: string, stage: Stage) => Promise<string>;

/** Times, ids and hashes are the same in every run, or left out. */
const commands: Readonly<Record<string, Command>> = {
  async wait(seconds, { clock }) {
    await clock.advance(Number(seconds.replace('s', '')) * 1_000);
    return '';
  },
  /** `watch <seconds>`: how many tasks are ready in each fault domain, and in all, whenever that changes. */
  async watch(seconds, { clock, places }) {
    const lines: string[] = [];
    for (let second = 0; second <= Number(seconds.replace('s', '')); second += 1) {
      if (second > 0) await clock.advance(1_000);
      const counts = await Promise.all(
        places.map(
          async (place) => [place.name, (await place.tasks()).filter(isUp).length] as const,
        ),
      );
      const all = counts.reduce((sum, [, count]) => sum + count, 0);
      const text = `${counts.map(([name, count]) => `${name} ${count}`).join(', ')}: ${all}`;
      if (lines.at(-1)?.endsWith(` ${text}`) !== true) lines.push(`${second} s: ${text}`);
    }
    return lines.join('\n');
  },
  /** `apply <name> <spec>`: what is not named stays as it is. */
  async apply(rest, { place, wait }) {
    const [name = '', spec = '{}'] = split(rest);
    const changed = JSON.parse(spec) as Partial<Job['spec']>;
    const { items } = await place.client.list(JOB);
    const found = items.find(({ metadata }) => metadata.name === name);
    const written = found === undefined ? place.apply(changed, name) : edit(place, found, changed);
    return wait(written).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  },
  async delete(names, { place, wait }) {
    for (const name of names.split(' ')) {
      await wait(place.client.delete(JOB, { namespace: 'default', name }));
    }
    return '';
  },
  /** `remove <task>`, as a person does. */
  async remove(name, { place, wait }) {
    await wait(place.client.delete(TASK, { namespace: 'default', name }));
    return '';
  },
  async tasks(job, { place }) {
    const found = (await place.tasks()).filter(({ spec }) => job === '' || spec.jobName === job);
    return found
      .map((task) => [task.metadata.name, phaseOf(task), task.status?.reason].filter(Boolean))
      .map((words) => words.join(' '))
      .toSorted()
      .join('\n');
  },
  async job(name, { place }) {
    const { items } = await place.client.list(JOB);
    const job = items.find(({ metadata }) => metadata.name === name);
    if (job === undefined) return `there is no job ${name}`;
    const { phase, message, conditions = [] } = job.status ?? {};
    const told = conditions.filter(({ status }) => status === 'True');
    const lines = told.map((each) => `  ${each.type} ${each.reason}: ${each.message}`);
    return [`${phase}: ${message}`, ...lines].join('\n');
  },
  /** `page <address> <status> <body>`: what it answers from now on. */
  async page(rest, { pages }) {
    const [url, answer] = split(rest);
    const [status, body] = split(answer);
    pages.set(url, { status: Number(status || answer), body: status === '' ? '' : body });
    return '';
  },
  /** As `titan rollout promote` does. */
  async promote(name, { place, wait }) {
    const job = (await place.client.list(JOB)).items.find(({ metadata }) => metadata.name === name);
    if (job === undefined) return `there is no job ${name}`;
    const promoted = job.status?.domains?.[0]?.rollout?.revision ?? '';
    await wait(edit(place, job, { update: { ...job.spec.update, promoted } }));
    return '';
  },
  /** What its rollout says, and how many tasks run each version. */
  async rollout(name, { place }) {
    const job = (await place.client.list(JOB)).items.find(({ metadata }) => metadata.name === name);
    const told = job?.status?.conditions?.find(({ type }) => type === 'RolledOut');
    const running = (await place.tasks()).filter(
      (task) => task.spec.jobName === name && phaseOf(task) === 'Running',
    );
    const versions = [...Map.groupBy(running, ({ spec }) => spec.version)].map(
      ([version, own]) => `${own.length} of version ${version}`,
    );
    return `${told?.reason}: ${told?.message}\n${versions.toSorted().join(', ')}`;
  },
  /** All events but those of agents and fault domains, in the order in which they came, those of one second by their reasons. */
  async events(name, { place }) {
    const { items } = await place.client.list(EVENT);
    return items
      .filter(({ involvedObject }) => involvedObject.name === name)
      .map(({ firstTimestamp = '', reason, message, count = 1 }) => [
        firstTimestamp,
        `${reason}: ${message}${count > 1 ? ` (${count} times)` : ''}`,
      ])
      .toSorted((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))
      .map(([, text]) => text)
      .join('\n');
  },
  /** What the disruption budget of a job allows, fault domain by fault domain. */
  async budget(name, { place }) {
    const job = (await place.client.list(JOB)).items.find(({ metadata }) => metadata.name === name);
    const lines = (job?.status?.domains ?? []).map(({ name: domain, disruptions = {} }) => {
      const { healthy, needed, allowed, moving, ledger = [], refused = [] } = disruptions;
      const entries = ledger.map(({ cause, count }) => `${cause} ${count}`).join(', ');
      const head = `${domain}: ${healthy} healthy, ${needed} needed, ${allowed} allowed, ${moving} moving; ledger: ${entries || 'empty'}`;
      const waits = refused.map(({ task, cause, layer, message }) => {
        return `  ${cause} of ${task} (${layer}): ${message}`;
      });
      return [head, ...waits].join('\n');
    });
    return lines.join('\n');
  },
  /** `drain <agent> <terms>` */
  async drain(rest, { place, wait }) {
    const [name, terms] = split(rest);
    const agent = await place.client.get(AGENT, { name: name === '' ? rest : name });
    const drain = JSON.parse(terms === '' ? '{}' : terms) as object;
    await wait(place.client.update(AGENT, { ...agent, spec: { unschedulable: true, drain } }));
    return '';
  },
  async agent(name, { place }) {
    const { status } = await place.client.get(AGENT, { name });
    const { phase, remaining, message } = status?.drain ?? {};
    return phase === undefined ? 'is not drained' : `${phase}, ${remaining} left: ${message}`;
  },
  async undrain(name, { place, wait }) {
    const agent = await place.client.get(AGENT, { name });
    await wait(place.client.update(AGENT, { ...agent, spec: {} }));
    return '';
  },
  async agents(_, { place }) {
    const { items } = await place.client.list(AGENT);
    return items
      .map(({ metadata, status }) =>
        [metadata.name, status?.phase, status?.quarantine?.message].filter(Boolean).join(' '),
      )
      .join('\n');
  },
  /** How tasks of a job ended, the last one first, as its status keeps it. */
  async ends(name, { place }) {
    const { items } = await place.client.list(JOB);
    const job = items.find(({ metadata }) => metadata.name === name);
    return (job?.status?.domains ?? [])
      .flatMap(({ ends = [] }) => ends)
      .map(({ task, agent, attempt, fault, reason, message, exitCode }) => {
        const facts = [`attempt ${attempt}`, fault, reason, message, exitCode];
        return `${task} on ${agent}: ${facts.filter((each) => each !== undefined).join(', ')}`;
      })
      .join('\n');
  },
  /** `cut <agent>`: the network between it and its master. */
  async cut(name, stage) {
    machineOf(name, stage).cutOff();
    return '';
  },
  async join(name, stage) {
    machineOf(name, stage).reconnect();
    return '';
  },
  /** `end <task> <exit code>` */
  async end(rest, { place }) {
    const [name = '', code = '0'] = rest.split(' ');
    for (const machine of place.machines.machines) {
      const id = machine.taskIds().find((each) => each.startsWith(`${name}.`));
      if (id !== undefined) machine.endTask(id, { how: 'exited', code: Number(code) });
    }
    return '';
  },
};

function machineOf(name: string, { place }: Stage): Machine {
  const found = place.machines.machines.find(({ hostname }) => hostname === name);
  if (found === undefined) throw new Error(`there is no machine ${name}`);
  return found;
}

function isUp(task: Task): boolean {
  return phaseOf(task) === 'Running' && !isDeleting(task);
}

async function edit(place: Place, job: Job, changed: Partial<Job['spec']>): Promise<void> {
  const spec = { ...job.spec, ...changed };
  await place.client.update(JOB, { ...job, apiVersion: apiVersionOf(JOB), spec });
}

/** The first word, and the rest. */
function split(line: string): readonly [string, string] {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
