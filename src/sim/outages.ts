import type { Machine } from './machines.ts';
import type { Strike } from './scenarios.ts';
import type { WeatherOptions } from './weather.ts';

type Outage = Extract<Strike, 'machine-fault' | 'mass-loss' | 'mesos-away' | 'master-failover'>;

/** What becomes of machines and networks. What is away comes back by itself. */
export function outages(options: WeatherOptions): Readonly<Record<Outage, () => void>> {
  const { machines, random, clock, note, scenario } = options;
  const up = () => machines.machines.filter(({ connected }) => connected);

  function comeBack(machine: Machine): void {
    clock.after(random.next() ** 3 * scenario.awayMaxMs, () => {
      note(`${machine.hostname} comes back`);
      machine.reconnect();
    });
  }

  function machineFault(): void {
    const here = up();
    const machine = here[Math.floor(random.next() * here.length)];
    if (machine === undefined) return;
    const crash = random.next() < 0.3;
    note(`${machine.hostname} ${crash ? 'loses power' : 'is cut off'}`);
    if (crash) machine.crash();
    else machine.cutOff();
    comeBack(machine);
  }

  function mesosAway(): void {
    note('mesos cannot be reached');
    machines.setReachable(false);
    clock.after(random.next() ** 3 * 120_000, () => machines.setReachable(true));
  }

  /** At once, as a network does that breaks; they come back one by one. */
  function massLoss(): void {
    const lost = up().filter(() => random.next() < 0.6);
    note(`${lost.map(({ hostname }) => hostname).join(', ')} are cut off at once`);
    for (const machine of lost) machine.cutOff();
    for (const machine of lost) comeBack(machine);
  }

  function masterFailover(): void {
    const keepsRegistry = random.next() < 0.7;
    note(`another master takes over, ${keepsRegistry ? 'with' : 'without'} the registry`);
    machines.failOver({ keepsRegistry });
    for (const machine of machines.machines) comeBack(machine);
  }

  return {
    'machine-fault': machineFault,
    'mass-loss': massLoss,
    'mesos-away': mesosAway,
    'master-failover': masterFailover,
  };
}
