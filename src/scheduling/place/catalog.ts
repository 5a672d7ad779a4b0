import type { PluginNames } from '../../api/constraint.ts';
import type { Fitness } from '../fitness/fitness.ts';
import { fitness } from '../fitness/table.ts';
import type { RuleMaker } from '../rules/rule.ts';
import { rules } from '../rules/table.ts';
import type { Scheduler } from './scheduler.ts';

/** What jobs and capacity groups may name: Titan's own rules and fitness, and what plugins bring. */
export interface Catalog {
  readonly rules: ReadonlyMap<string, RuleMaker>;
  readonly fitness: ReadonlyMap<string, Omit<Fitness, 'name'>>;
  readonly schedulers: ReadonlyMap<string, Scheduler>;
}

/** What a plugin module exports; a name that Titan has itself stays Titan's. */
export interface Plugin {
  readonly rules?: Readonly<Record<string, RuleMaker>>;
  readonly fitness?: Readonly<Record<string, Omit<Fitness, 'name'>>>;
  readonly schedulers?: Readonly<Record<string, Scheduler>>;
}

export function createCatalog(plugins: readonly Plugin[] = []): Catalog {
  return {
    rules: new Map<string, RuleMaker>([
      ...plugins.flatMap((plugin) => Object.entries(plugin.rules ?? {})),
      ...Object.entries(rules),
    ]),
    fitness: new Map<string, Omit<Fitness, 'name'>>([
      ...plugins.flatMap((plugin) => Object.entries(plugin.fitness ?? {})),
      ...Object.entries(fitness),
    ]),
    schedulers: new Map(plugins.flatMap((plugin) => Object.entries(plugin.schedulers ?? {}))),
  };
}

/** What jobs and capacity groups may name of plugins. */
export function namesOf(plugins: readonly Plugin[]): PluginNames {
  return {
    rules: plugins.flatMap(({ rules = {} }) => Object.keys(rules)),
    fitness: plugins.flatMap(({ fitness = {} }) => Object.keys(fitness)),
  };
}
