import { TitanError } from '../../api/error.ts';
import type { Agent } from '../../api/kinds.gen.ts';
import { attributesOf, type Home } from '../objects/view.ts';

/** Agents that are to be thought of as gone: a fault domain, a zone, an agent, or an attribute as `rack=r1`. */
export function failing(names: readonly string[], home: Home): (agent: Agent) => boolean {
  return (agent) => {
    const attributes = attributesOf(agent, home);
    return names.some((name) => {
      const [attribute = '', value] = splitAtEquals(name);
      if (value !== undefined) return attributes[attribute] === value;
      return [home.name, agent.metadata.name, attributes.zone].includes(name);
    });
  };
}

/** What of it names nothing that is here. */
export function unknownNames(
  { fail, add }: { readonly fail: readonly string[]; readonly add: readonly string[] },
  agents: readonly Agent[],
  home: Home,
): readonly string[] {
  return [
    ...fail.filter((name) => name !== home.name && !agents.some(failing([name], home))),
    ...add.filter((wish) => addedAgents([wish], agents).length === 0),
  ];
}

/**
 * So many more agents like one that is there: `<agent>=5`, or `<pool>=5` where agents bear the attribute
 * `pool`. They are empty and take new tasks.
 * @throws TitanError (`BadRequest`) where it says no number
 */
export function addedAgents(wishes: readonly string[], agents: readonly Agent[]): readonly Agent[] {
  return wishes.flatMap((wish) => {
    const [name, number = ''] = splitAtEquals(wish);
    if (!/^[1-9]\d{0,4}$/.test(number)) {
      const message = `--add-agents is "${wish}": expected an agent or a pool and a number, for example ${name}=5`;
      throw new TitanError('BadRequest', message);
    }
    const like = agents.find(({ metadata, status }) => {
      return metadata.name === name || status?.attributes?.pool === name;
    });
    if (like === undefined) return [];
    return Array.from({ length: Number(number) }, (_, at) =>
      emptyLike(like, `${name}-new-${at + 1}`),
    );
  });
}

/** Parted at the last `=`, as an agent's name has none. */
function splitAtEquals(text: string): readonly [string, string?] {
  const at = text.lastIndexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function emptyLike(like: Agent, name: string): Agent {
  const { used: _, ...status } = like.status ?? {};
  return {
    ...like,
    metadata: { ...like.metadata, name, uid: `planned/${name}` },
    spec: {},
    status: { ...status, phase: 'Active', agentId: `planned/${name}`, hostname: name, tasks: 0 },
  };
}
