import type { AgentNode } from '../cluster/agent.ts';
import type { Snapshot } from '../cluster/snapshot.ts';
import type { GroupRule, Standing, Verdict } from '../rules/rule.ts';
import { asking, type Plan } from './plan.ts';

/** Agents by what the rules about groups read of them. */
export interface Lanes<L> {
  /** The lane of an agent; `undefined` where it lacks an attribute of a rule that must hold. */
  of(node: Pick<AgentNode, 'attribute'>): L | undefined;
  /** The lanes where a task may go now, each with what its wishes add to the score. */
  open(): readonly { readonly lane: L; readonly wishes: number }[];
}

interface Open<L> {
  readonly lane: L;
  readonly values: readonly string[];
  /** As it was last asked. */
  wishes: number;
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
  const lanes = new Map<string, Open<L>>();
  const all: Open<L>[] = [];
  const values = rules.map((): string[] => []);

  function laneOf(node: Pick<AgentNode, 'attribute'>): L | undefined {
    const own = rules.map(({ attribute }) => node.attribute(attribute));
    if (own.some((value, index) => value === undefined && index < hard.length)) return undefined;
    const named = own.map((value) => value ?? '');
    const text = rules.length === 0 ? '' : JSON.stringify(named);
    const known = lanes.get(text);
    if (known !== undefined) return known.lane;
    const open = { lane: create(named), values: named, wishes: 0 };
    lanes.set(text, open);
    all.push(open);
    for (const [index, value] of own.entries()) {
      if (value !== undefined && values[index]?.includes(value) === false)
        values[index].push(value);
    }
    return open.lane;
  }

  function standingOf(rule: GroupRule, index: number): Standing {
    const table = counts.of(rule.job ?? plan.profile.job).by(rule.attribute);
    const count = (value: string) => table.get(value) ?? 0;
    return asking(rule.name, () => rule.standing({ values: values[index] ?? [], count }));
  }

  /** What the lane's wishes add to the score; `undefined` where a rule that must hold does not. */
  function judge({ values: named }: Open<L>, standings: readonly Standing[]): number | undefined {
    let sum = 0;
    for (let index = 0; index < rules.length; index += 1) {
      const value = named[index] ?? '';
      const { score, reason } = judgeBy(rules[index] as GroupRule, standings[index], value);
      if (index < hard.length && reason !== undefined) return undefined;
      if (value !== '') sum += (weights[index] ?? 0) * score;
    }
    return plan.wishes === 0 ? 0 : (WISHES * sum) / plan.wishes;
  }

  return {
    of: laneOf,
    open() {
      if (rules.length === 0) return all;
      const standings = rules.map(standingOf);
      return all.filter((each) => {
        const wishes = judge(each, standings);
        if (wishes !== undefined) each.wishes = wishes;
        return wishes !== undefined;
      });
    },
  };
}

function judgeBy(rule: GroupRule, standing: Standing | undefined, value: string): Verdict {
  return asking(rule.name, () => (standing as Standing).judge(value));
}
