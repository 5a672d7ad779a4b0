import { Environment } from '@marcbachmann/cel-js';
import { type Budget, chargeDeep, sizeOf } from './budget.ts';
import { registerFormats } from './functions/formats.ts';
import { registerLists } from './functions/lists.ts';
import { registerNetwork } from './functions/network.ts';
import { registerQuantity } from './functions/quantity.ts';
import { registerSemver } from './functions/semver.ts';
import { registerStrings } from './functions/strings.ts';

const LIMITS = { maxAstNodes: 2_000, maxDepth: 60 };

/** The language of rules with Kubernetes' functions, whose costs are charged to a budget. */
export function createEnvironment(budget: Budget): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  const sync = { async: false };
  registerLists(env, budget);
  registerStrings(env, budget);
  registerQuantity(env);
  registerSemver(env);
  registerNetwork(env);
  registerFormats(env);
  env.registerFunction('step(int): bool', (nodes: bigint) => budget.spend(Number(nodes)), sync);
  env.registerFunction(
    'charged(V): V',
    (value: unknown) => {
      budget.spend(sizeOf(value));
      return value;
    },
    sync,
  );
  env.registerFunction(
    'weighed(V): V',
    (value: unknown) => {
      chargeDeep(budget, value);
      return value;
    },
    sync,
  );
  return env;
}
