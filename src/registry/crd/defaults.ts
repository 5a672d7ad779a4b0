import type { Cause } from '../../api/error.ts';
import { compilePattern } from '../../api/pattern.ts';
import { invalidValue } from '../causes.ts';
import type { Schema } from '../port.ts';
import { interpretFindings } from '../schema/interpret.ts';
import { tidy } from '../schema/tidy.ts';

/** Default values that their own schema refuses, or that would be pruned. */
export function defaultCauses(schema: Schema, path: string): readonly Cause[] {
  const causes: Cause[] = [];

  function check(node: Schema, at: string): void {
    const unknown: string[] = [];
    const whole = tidy(node, node.default, { unknown, defaults: true });
    for (const field of unknown) {
      const why = `must not have unknown fields: ${field}`;
      causes.push(invalidValue(`${at}.default`, node.default, why));
    }
    for (const { cause } of interpretFindings(node, compilePattern)(whole)) {
      const { field, message, reason } = cause;
      const below = field === '' || field === undefined ? '' : `.${field}`;
      causes.push({
        reason,
        message: message.replace(/: \S* ?in body/, ':'),
        field: `${at}.default${below}`,
      });
    }
  }

  function walk(node: Schema, at: string): void {
    if (node.default !== undefined) check(node, at);
    const { properties = {}, additionalProperties: others, items } = node;
    for (const [key, of] of Object.entries(properties)) walk(of, `${at}.properties[${key}]`);
    if (typeof others === 'object') walk(others, `${at}.additionalProperties`);
    if (items !== undefined) walk(items, `${at}.items`);
  }

  walk(schema, path);
  return causes;
}
