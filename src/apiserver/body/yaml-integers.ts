import { CORE_SCHEMA, defineScalarTag, floatCoreTag, intCoreTag, NOT_RESOLVED } from 'js-yaml';
import { exactInteger, type Int64, toInt64 } from '../../registry/int64.ts';

/** Of 64 bits in binary, with what says so. */
const INTEGER_MAX_CHARS = 70;

/** Integers of 64 bits are exact, in each of the notations that YAML has. */
export const EXACT_SCHEMA = CORE_SCHEMA.withTags(
  exactly(intCoreTag, (source, value) => {
    if (Number.isSafeInteger(value) || source.length > INTEGER_MAX_CHARS) return value;
    const digits = BigInt(source.replace(/^[-+]/, ''));
    return toInt64(source.startsWith('-') ? -digits : digits) ?? value;
  }),
  exactly(floatCoreTag, exactInteger),
);

function exactly(
  { tagName, implicitFirstChars, resolve }: typeof intCoreTag,
  exact: (source: string, value: number) => Int64,
) {
  return defineScalarTag<Int64>(tagName, {
    implicit: true,
    implicitFirstChars,
    identify: () => false,
    resolve(source, isExplicit, name) {
      const value = resolve(source, isExplicit, name);
      return value === NOT_RESOLVED ? value : exact(source, value);
    },
  });
}
