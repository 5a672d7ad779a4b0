/** Why the master refuses a framework, in Mesos' own words. */
import type { V1Framework } from '../../v1.ts';
import { hasCapability } from './state.ts';

export function findFrameworkFault(
  info: V1Framework,
  suppressed: readonly string[],
): string | undefined {
  const multi = hasCapability({ info }, 'MULTI_ROLE');
  const roles = info.roles ?? [];
  if (multi && info.role !== undefined) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  if (!multi && roles.length > 0) {
    return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
  }
  const repeated = roles.find((role, index) => roles.indexOf(role) !== index);
  if (repeated !== undefined) {
    return `'FrameworkInfo.roles' contains duplicate items: { ${repeated} }`;
  }
  const fault = (multi ? roles : [info.role ?? '*']).map(findRoleFault).find((one) => one);
  if (fault) {
    return `${multi ? "'FrameworkInfo.roles' contains" : "'FrameworkInfo.role' is an"} invalid role: ${fault}`;
  }
  const strange = suppressed.filter((role) => !roles.includes(role));
  return strange.length > 0
    ? `Suppressed roles { ${strange.join(', ')} } are not contained in the set of roles`
    : undefined;
}

function findRoleFault(role: string): string | undefined {
  if (role === '*') return undefined;
  if (role.startsWith('/')) return `Role '${role}' cannot start with a slash`;
  if (role.endsWith('/')) return `Role '${role}' cannot end with a slash`;
  return role
    .split('/')
    .map((component) => findComponentFault(role, component))
    .find((one) => one);
}

function findComponentFault(role: string, component: string): string | undefined {
  if (component === '') return `Role '${role}' cannot contain two adjacent slashes`;
  if (component === '.' || component === '..' || component === '*') {
    return `Role '${role}' cannot include '${component}' as a component`;
  }
  if (component.startsWith('-')) {
    return `Role component '${component}' is invalid because it starts with a dash`;
  }
  return /\s/.test(component) || component.includes('\b') || component.includes('\x7f')
    ? `Role component '${component}' is invalid because it contains backspace or whitespace`
    : undefined;
}
