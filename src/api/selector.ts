import { TitanError } from './error.ts';

type Labels = Readonly<Record<string, string>>;

/** One term of a label selector. Without values: whether the label is there. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  readonly values: readonly string[];
}

/** One term of a field selector. */
export interface FieldTerm {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/** Whether labels hold to all requirements. A label that is absent holds to `notin`. */
export function matchesLabels(
  requirements: readonly Requirement[],
  labels: Labels | undefined,
): boolean {
  return requirements.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'gt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) > Number(values[0]);
    case 'lt':
      return value !== undefined && /^-?\d+$/.test(value) && Number(value) < Number(values[0]);
  }
}

/**
 * Reads a label selector: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, joined
 * by commas.
 *
 * @throws TitanError BadRequest, in Kubernetes' words
 */
export function parseLabelSelector(text: string): readonly Requirement[] {
  const tokens = createTokens(text);
  const requirements: Requirement[] = [];
  if (tokens.peek().type === 'end') return requirements;
  for (;;) {
    const first = tokens.peek();
    if (first.type !== 'word' && first.text !== '!') {
      throw bad(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(requirement(tokens));
    const next = tokens.next();
    if (next.type === 'end') return requirements;
    if (next.text !== ',') throw bad(`found '${next.text}', expected: ',' or 'end of string'`);
    const after = tokens.peek();
    if (after.type !== 'word' && after.text !== '!') {
      throw bad(`found '${after.text}', expected: identifier after ','`);
    }
  }
}

interface Token {
  readonly type: 'word' | 'sign' | 'end';
  readonly text: string;
}

interface Tokens {
  peek(): Token;
  next(): Token;
}

const TOKEN = /\s*(?:(?<sign>!=|==|[=!<>(),])|(?<word>[^\s=!<>(),]+))/y;
const END: Token = { type: 'end', text: '' };

function createTokens(text: string): Tokens {
  const all: Token[] = [];
  const matcher = new RegExp(TOKEN);
  for (let match = matcher.exec(text); match?.groups; match = matcher.exec(text)) {
    const { sign, word } = match.groups;
    if (sign !== undefined) all.push({ type: 'sign', text: sign });
    else if (word !== undefined) all.push({ type: 'word', text: word });
  }
  let at = 0;
  return {
    peek: () => all[at] ?? END,
    next: () => all[at++] ?? END,
  };
}

function requirement(tokens: Tokens): Requirement {
  if (tokens.peek().text === '!') {
    tokens.next();
    return { key: keyFrom(tokens), operator: 'absent', values: [] };
  }
  const key = keyFrom(tokens);
  const after = tokens.peek();
  if (after.type === 'end' || after.text === ',') return { key, operator: 'exists', values: [] };
  const sign = tokens.next().text;
  switch (sign) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [valueFrom(tokens)] };
    case '!=':
      return { key, operator: 'notin', values: [valueFrom(tokens)] };
    case '>':
    case '<':
      return { key, operator: sign === '>' ? 'gt' : 'lt', values: [numberFrom(tokens, key)] };
    case 'in':
    case 'notin':
      return { key, operator: sign, values: valuesFrom(tokens) };
    default:
      throw unparsed(`found '${sign}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_MAX = 63;

function keyFrom(tokens: Tokens): string {
  const { type, text } = tokens.next();
  if (type !== 'word') throw unparsed(`found '${text}', expected: identifier`);
  const name = text.slice(text.indexOf('/') + 1);
  if (!NAME.test(name) || name.length > NAME_MAX) {
    throw unparsed(`key: Invalid value: ${JSON.stringify(text)}: it is no name of a label`);
  }
  return text;
}

function valueFrom(tokens: Tokens): string {
  const { type, text } = tokens.peek();
  if (type === 'end' || text === ',') return '';
  tokens.next();
  if (type !== 'word') throw unparsed(`found '${text}', expected: identifier`);
  return checkedValue(text);
}

function checkedValue(text: string): string {
  if (text === '' || (NAME.test(text) && text.length <= NAME_MAX)) return text;
  throw unparsed(`values[0]: Invalid value: ${JSON.stringify(text)}: it is no value of a label`);
}

function numberFrom(tokens: Tokens, key: string): string {
  const value = valueFrom(tokens);
  if (/^-?\d+$/.test(value)) return value;
  const where = `values[0][${key}]: Invalid value: ${JSON.stringify(value)}`;
  throw unparsed(`${where}: for 'Gt', 'Lt' operators, the value must be an integer`);
}

function valuesFrom(tokens: Tokens): readonly string[] {
  const open = tokens.next();
  if (open.text !== '(') throw unparsed(`found '${open.text}' expected: '('`);
  const values: string[] = [];
  for (;;) {
    const { type, text } = tokens.next();
    if (type === 'word') values.push(checkedValue(text));
    else if (text === ',' || text === ')') values.push('');
    else throw unparsed(`found '${text}', expected: ',', ')' or identifier`);
    const next = type === 'word' ? tokens.next() : { text };
    if (next.text === ')') return values;
    if (next.text !== ',') throw unparsed(`found '${next.text}', expected: ',' or ')'`);
  }
}

/**
 * Reads a field selector: `metadata.name=a,status.phase!=Failed`. A backslash takes the meaning from
 * a comma, an equals sign or a backslash in a value.
 *
 * @throws TitanError BadRequest
 */
export function parseFieldSelector(text: string): readonly FieldTerm[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^(?<field>[^=!]+)(?<sign>!=|==|=)(?<value>.*)$/s.exec(term);
      const { field = '', sign, value = '' } = match?.groups ?? {};
      if (sign === undefined) {
        throw bad(`invalid selector: '${text}'; can't understand '${term}'`);
      }
      return { field, equal: sign !== '!=', value: value.replace(/\\([\\,=])/g, '$1') };
    });
}

function splitTerms(text: string): readonly string[] {
  return text.match(/(?:\\.|[^,\\])+|\\$/gs) ?? [];
}

function bad(message: string): TitanError {
  return new TitanError('BadRequest', message);
}

function unparsed(message: string): TitanError {
  return bad(`unable to parse requirement: ${message}`);
}
