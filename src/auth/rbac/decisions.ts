import type { PolicyRule } from '../../api/builtin.ts';
import type { Attributes, ResourceAttributes, User } from '../port.ts';
import { ruleAllows } from './rules.ts';

/** Decides by the rules that a user has, which never change: a policy that does is another one. */
export type Decide = (user: User, attributes: Attributes) => boolean;

/** What is remembered for a user in a namespace. */
const REMEMBERED_MAX = 500;
const NAMESPACES_MAX = 100;

/**
 * Remembers for as long as a user lives what they may do, whatever the object's name: rules that name objects
 * are few, and are read each time. Nobody's questions can fill the memory.
 */
export function rememberDecisions(
  rulesOf: (user: User, namespace: string) => readonly PolicyRule[],
): Decide {
  const users = new WeakMap<User, Map<string, Decisions>>();

  function decisionsOf(user: User, namespace: string): Decisions {
    let places = users.get(user);
    if (places === undefined) {
      places = new Map();
      users.set(user, places);
    }
    let decisions = places.get(namespace);
    if (decisions === undefined) {
      if (places.size >= NAMESPACES_MAX) places.clear();
      decisions = new Decisions(rulesOf(user, namespace));
      places.set(namespace, decisions);
    }
    return decisions;
  }

  return (user, attributes) =>
    decisionsOf(user, 'path' in attributes ? '' : attributes.namespace).allows(attributes);
}

/** What was decided, whatever the object's name. */
interface Decision {
  readonly asked: ResourceAttributes;
  readonly isAllowed: boolean;
}

/** What one user may do in one namespace. */
class Decisions {
  readonly #general: readonly PolicyRule[];
  readonly #naming: readonly PolicyRule[];
  /** By the resource, which tells most apart: no key is put together for each question. */
  readonly #known = new Map<string, Decision[]>();
  #size = 0;

  constructor(rules: readonly PolicyRule[]) {
    const names = ({ resourceNames = [] }: PolicyRule) => resourceNames.length > 0;
    this.#general = rules.filter((rule) => !names(rule));
    this.#naming = rules.filter(names);
  }

  allows(attributes: Attributes): boolean {
    if ('path' in attributes) return this.#general.some((rule) => ruleAllows(rule, attributes));
    return this.#generally(attributes) || this.#naming.some((rule) => ruleAllows(rule, attributes));
  }

  #generally(attributes: ResourceAttributes): boolean {
    for (const { asked, isAllowed } of this.#known.get(attributes.resource) ?? []) {
      if (isSame(asked, attributes)) return isAllowed;
    }
    const isAllowed = this.#general.some((rule) => ruleAllows(rule, attributes));
    this.#remember({ asked: attributes, isAllowed });
    return isAllowed;
  }

  #remember(decision: Decision): void {
    if (this.#size >= REMEMBERED_MAX) {
      this.#known.clear();
      this.#size = 0;
    }
    const { resource } = decision.asked;
    const alike = this.#known.get(resource);
    if (alike === undefined) this.#known.set(resource, [decision]);
    else alike.push(decision);
    this.#size += 1;
  }
}

function isSame(a: ResourceAttributes, b: ResourceAttributes): boolean {
  return a.verb === b.verb && a.group === b.group && a.subresource === b.subresource;
}
