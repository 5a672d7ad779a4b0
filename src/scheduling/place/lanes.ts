import type { AgentNode } from '../cluster/agent.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { GroupRule, Standing } from '../rules/rule.ts';
import { asking, type Plan } from './plan.ts';

/** Agents by what the rules about groups read of them. */
export interface Lanes<L> {
  /** The lane of an agent; `undefined` where it lacks an attribute of a rule that must hold. */
  of(node: Pick<AgentNode, 'attribute'>): L | undefined;
  /** The lanes where a task may go now, each with what its wishes add to the score. */
  open(): readonly { readonly lane: L; readonly wishes: number }[];
}

const WISHES = 0.5;

export function createLanes<L>(
  plan: Plan,
  { counts }: Pick<Snapshot, 'counts'>,
  create: (values: readonly string[]) => L,
): Lanes<L> {
  const { hard, soft } = plan.groups;
  const rules = [...hard, ...soft.map(({ item }) => item)];
  const weights = [...hard.map(() => 0), ...soft.map(({ weight }) => weight)];
  const lanes = new Map<string, { readonly lane: L; readonly values: readonly string[] }>();
  const values = rules.map(() => new Set<string>());

  function laneOf(node: Pick<AgentNode, 'attribute'>): L | undefined {
    const own = rules.map(({ attribute }) => node.attribute(attribute));
    if (own.some((value, index) => value === undefined && index < hard.length)) return undefined;
    const named = own.map((value) => value ?? '');
    const text = rules.length === 0 ? '' : JSON.stringify(named);
    const known = lanes.get(text);
    if (known !== undefined) return known.lane;
    const lane = create(named);
    lanes.set(text, { lane, values: named });
    for (const [index, value] of named.entries())
      if (own[index] !== undefined) values[index]?.add(value);
    return lane;
  }

  function standingOf(rule: GroupRule, index: number): Standing {
    const table = counts.of(rule.job ?? plan.profile.job).by(rule.attribute);
    const count = (value: string) => table.get(value) ?? 0;
    return asking(rule.name, () => rule.standing({ values: [...(values[index] ?? [])], count }));
  }

  function judge(named: readonly string[], standings: readonly Standing[]): number | undefined {
    let sum = 0;
    for (const [index, standing] of standings.entries()) {
      const value = named[index] ?? '';
      const rule = rules[index] as GroupRule;
      const { score, reason } = asking(rule.name, () => standing.judge(value));
      if (index < hard.length && reason !== undefined) return undefined;
      if (value !== '') sum += (weights[index] ?? 0) * score;
    }
    return plan.wishes === 0 ? 0 : (WISHES * sum) / plan.wishes;
  }

  return {
    of: laneOf,
    open() {
      const standings = rules.map(standingOf);
      return [...lanes.values()].flatMap(({ lane, values: named }) => {
        const wishes = judge(named, standings);
        return wishes === undefined ? [] : [{ lane, wishes }];
      });
    },
  };
}
