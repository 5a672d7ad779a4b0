import { expect } from 'chai';
import fc from 'fast-check';
import { ruleCauses } from '../../../src/registry/cel/declare.ts';
import { createLanguage } from '../../../src/registry/cel/language.ts';
import { compileRules } from '../../../src/registry/cel/rules.ts';
import type { Schema, ValidationRule } from '../../../src/registry/port.ts';

const text: Schema = { type: 'string', maxLength: 50 };
const spec: Schema = {
  type: 'object',
  properties: {
    name: text,
    replicas: { type: 'integer' },
    maxReplicas: { type: 'integer' },
    ratio: { type: 'number' },
    when: { type: 'string', format: 'date-time' },
    'a-b': text,
    tags: { type: 'array', maxItems: 20, items: text },
    numbers: { type: 'array', maxItems: 20, items: { type: 'integer' } },
    labels: { type: 'object', maxProperties: 10, additionalProperties: text },
    memory: { 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    parts: {
      type: 'array',
      maxItems: 10,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, size: { type: 'integer' } },
      },
    },
  },
};

function withRules(schema: Schema, ...rules: readonly ValidationRule[]): Schema {
  return { ...schema, 'x-kubernetes-validations': rules };
}

function at(rules: readonly ValidationRule[], more: Schema = {}): Schema {
  return { type: 'object', properties: { spec: withRules({ ...spec, ...more }, ...rules) } };
}

/** `<field>: <message>` of what rules say. */
function said(schema: Schema, value: unknown, old?: unknown): readonly string[] {
  const check = compileRules(createLanguage(), schema);
  return (check?.(value, old) ?? []).map(({ field, message }) => `${field}: ${message}`);
}

function declared(schema: Schema): readonly string[] {
  return ruleCauses(createLanguage(), schema, 'schema').map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

const value = {
  name: 'web-1',
  replicas: 2,
  maxReplicas: 5,
  ratio: 0.5,
  when: '2026-01-02T03:04:05Z',
  'a-b': 'x',
  tags: ['a', 'b'],
  numbers: [1, 2, 3],
  labels: { app: 'web' },
  memory: '2Gi',
  free: { x: { y: 1 } },
  parts: [{ name: 'p', size: 1 }],
};

const OVER_BUDGET =
  'Invalid value: validation failed due to running out of cost budget, no further validation rules will be run';

describe('rules', () => {
  const holds = [
    'self.replicas <= self.maxReplicas',
    'self.ratio < 1.0 && self.ratio < self.replicas',
    'self.when > timestamp("2025-01-01T00:00:00Z")',
    "self.a__dash__b == 'x'",
    'self.tags.isSorted() && self.tags.indexOf("b") == 1 && self.tags.lastIndexOf("z") == -1',
    'self.numbers.sum() == 6 && self.numbers.min() == 1 && self.numbers.max() == 3',
    "self.labels.all(k, self.labels[k].matches('^[a-z]+$'))",
    "self.labels.exists(k, k == 'app') && 'app' in self.labels && !('x' in self.labels)",
    "self.parts.map(p, p.name) == ['p'] && self.parts.exists_one(p, p.size == 1)",
    'self.parts.filter(p, p.size > 1).size() == 0 && self.parts.map(p, p.size > 0, p.size) == [1]',
    "quantity(self.memory).isGreaterThan(quantity('1024Mi')) && isQuantity('1k') && !isQuantity('x')",
    "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))",
    "semver('1.0.0-alpha.9').compareTo(semver('1.0.0-alpha.10')) == -1 && semver('2.3.4').minor() == 3",
    "semver('1.0.0+a') == semver('1.0.0+b') && semver('1.0.0-1').isLessThan(semver('1.0.0-a'))",
    "isSemver('1.2.3') && !isSemver('1.2') && !isSemver('01.2.3') && isSemver('v01.2', true) && semver('v1.2', true).isGreaterThan(semver('1.1.9'))",
    "quantity('1.5').add(quantity('500m')).asInteger() == 2",
    'type(self.memory) == string && self.memory != null',
    'has(self.free.x) && self.free.x.y == 1 && !has(self.free.z)',
    "self.?free.?z.orValue(3) == 3 && self.free[?'x'].hasValue()",
    "url('https://a.example:8080/p?q=1').getHost() == 'a.example:8080' && isURL('/x') && !isURL('no')",
    "url('https://a.example:8080/p?q=1').getQuery() == {'q': ['1']}",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && ip('::1').family() == 6 && !isIP('x')",
    "!format.dns1123Label().validate(self.name).hasValue() && format.named('uuid').hasValue()",
    "format.dns1123Label().validate('A').hasValue()",
    "sets.contains(self.tags, ['a']) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects(['x'], self.tags)",
    "self.name.replace('web', 'api') == 'api-1' && self.name.charAt(0) == 'w' && 'x1y2'.findAll('[0-9]') == ['1', '2']",
    "'%s has %d'.format([self.name, self.replicas]) == 'web-1 has 2' && self.name.find('[0-9]') == '1'",
    "self.name.startsWith('web') && self.name.split('-').join('+') == 'web+1' && size(self.name) == 5",
    "duration('1h') > duration('59m') && self.name.upperAscii() == 'WEB-1' && 7 / 2 == 3",
    'self.replicas > 1 ? self.maxReplicas > 1 : false',
    '"quo\\"te\\\\ \\n ü" != \'\'',
  ];
  for (const rule of holds) {
    it(`can say ${rule}`, () => {
      expect(declared(at([{ rule, message: 'm' }]))).to.deep.equal([]);
      expect(said(at([{ rule }]), { spec: value })).to.deep.equal([]);
      expect(said(at([{ rule: `!(${rule})`, message: 'm' }]), { spec: value })).to.deep.equal([
        'spec: Invalid value: m',
      ]);
    });
  }

  it('say what is wrong by message, expression, reason and path', () => {
    const rule = 'self.replicas < 1';
    const rules: ValidationRule[] = [
      { rule },
      { rule, message: 'too many', fieldPath: '.replicas', reason: 'FieldValueForbidden' },
      { rule, messageExpression: "'there are ' + string(self.replicas)", message: 'never' },
      { rule, messageExpression: 'self.free.nothing', message: 'instead' },
      { rule: 'self.free.nothing == 1', message: 'm' },
    ];
    expect(said(at(rules), { spec: value })).to.deep.equal([
      'spec: Invalid value: failed rule: self.replicas < 1',
      'spec.replicas: Forbidden: too many',
      'spec: Invalid value: there are 2',
      'spec: Invalid value: instead',
      'spec: Invalid value: no such key: nothing evaluating rule: m',
    ]);
    const root = withRules({ type: 'object' }, { rule: "self.metadata.name == 'a'", message: 'm' });
    expect(said(root, { metadata: { name: 'b' } })).to.deep.equal(['<nil>: Invalid value: m']);
  });

  it('speak of the former value on updates only, and in items by their keys', () => {
    const immutable = at([{ rule: 'self == oldSelf', message: 'it never changes' }]);
    expect(said(immutable, { spec: value })).to.deep.equal([]);
    expect(said(immutable, { spec: value }, { spec: value })).to.deep.equal([]);
    expect(said(immutable, { spec: { replicas: 3 } }, { spec: value })).to.deep.equal([
      'spec: Invalid value: it never changes',
    ]);
    const optional = at([
      { rule: 'oldSelf.hasValue() || self.replicas > 0', optionalOldSelf: true, message: 'm' },
    ]);
    expect(said(optional, { spec: { replicas: 0 } })).to.deep.equal(['spec: Invalid value: m']);
    expect(said(optional, { spec: { replicas: 0 } }, { spec: value })).to.deep.equal([]);
    const part = withRules(
      { type: 'object', properties: { name: text, size: { type: 'integer' } } },
      { rule: 'self.size >= oldSelf.size', message: 'it never shrinks' },
    );
    const { parts = {} } = spec.properties ?? {};
    const keyed: Schema = { type: 'object', properties: { parts: { ...parts, items: part } } };
    const before = {
      parts: [
        { name: 'a', size: 1 },
        { name: 'b', size: 5 },
      ],
    };
    const after = {
      parts: [
        { name: 'b', size: 4 },
        { name: 'c', size: 0 },
        { name: 'a', size: 2 },
      ],
    };
    expect(said(keyed, after, before)).to.deep.equal(['parts[0]: Invalid value: it never shrinks']);
  });

  it('are not run for what has not changed', () => {
    const schema = at([{ rule: 'self.replicas > 10', message: 'm' }]);
    const old = { spec: value, status: 1 };
    expect(said(schema, { spec: value, status: 2 }, old)).to.deep.equal([]);
    expect(said(schema, { spec: { ...value, name: 'b' } }, old)).to.have.length(1);
  });

  const refused: readonly (readonly [string, ValidationRule, RegExp])[] = [
    ['what cannot be read', { rule: 'self.' }, /rule: Invalid value: .*compilation failed/],
    ['unknown variables', { rule: 'other == 1' }, /undeclared reference to 'other'/],
    ['unknown functions', { rule: 'self.name.nope()' }, /no matching overload/],
    ['unknown fields', { rule: 'self.nmae == "a"' }, /undefined field 'nmae'/],
    ['wrong types', { rule: 'self.name == 1' }, /'_==_' applied to '\(string, int\)'/],
    ['what is no truth', { rule: '1 + 1' }, /must evaluate to a bool/],
    ['other reasons', { rule: 'true', reason: 'Odd' }, /reason: Unsupported value: "Odd"/],
    [
      'a message that is no text',
      { rule: 'true', messageExpression: '1' },
      /must evaluate to a string/,
    ],
    ['odd paths', { rule: 'true', fieldPath: 'x y' }, /fieldPath: Invalid value/],
    ['nothing', { rule: ' ' }, /rule: Required value: rule is not specified/],
    ['the names of its own machinery', { rule: 'step(1)' }, /undeclared reference to 'step'/],
    [
      'what would map an optional',
      { rule: 'self.?name.optMap(n, n == "a").orValue(true)' },
      /optMap is not supported: test an optional/,
    ],
    [
      'what would map an optional twice',
      { rule: 'self.?name.optFlatMap(n, optional.of(n)).hasValue()' },
      /optFlatMap is not supported/,
    ],
    [
      'comprehensions of two variables',
      { rule: 'self.numbers.all(i, n, n > i)' },
      /comprehensions of two variables are not/,
    ],
    [
      'comprehensions of keys and values',
      { rule: 'self.labels.exists(k, v, k == v)' },
      /comprehensions of two variables are not/,
    ],
    [
      'lists made of two variables',
      { rule: 'self.numbers.transformList(i, n, n + i).size() > 0' },
      /comprehensions of two variables are not/,
    ],
    ['cel.bind', { rule: 'cel.bind(x, 1, x == 1)' }, /undeclared reference to 'cel'/],
  ];
  for (const [name, rule, why] of refused) {
    it(`refuse ${name}`, () => {
      expect(declared(at([rule])).join('\n')).to.match(why);
    });
  }

  it('refuse what would cost too much, unless lists have a limit', () => {
    const list = (maxItems?: number): Schema => ({
      type: 'array',
      items: text,
      ...(maxItems === undefined ? {} : { maxItems }),
    });
    const rule = { rule: 'self.all(a, self.all(b, a == b || a != b))' };
    expect(declared({ type: 'object', properties: { x: withRules(list(), rule) } })[0]).to.match(
      /x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x/,
    );
    expect(
      declared({ type: 'object', properties: { x: withRules(list(100), rule) } }),
    ).to.deep.equal([]);
    const transition = {
      type: 'object',
      properties: { x: { ...list(5), items: withRules(text, { rule: 'self == oldSelf' }) } },
    };
    expect(declared(transition)[0]).to.match(/uncorrelatable portion/);
  });

  it('end when they take too long, and soon', () => {
    const items: Schema = { type: 'array', items: { type: 'integer' } };
    const rule = { rule: 'self.all(a, self.all(b, self.all(c, a + b + c >= 0)))' };
    const schema: Schema = { type: 'object', properties: { x: withRules(items, rule) } };
    const check = compileRules(createLanguage(), schema);
    const x = Array.from({ length: 1_000 }, (_, index) => index);
    check?.({ x: [1] }, undefined);
    const causes = check?.({ x }, undefined);
    expect(causes?.map(({ message }) => message)).to.deep.equal([OVER_BUDGET]);
  });

  const costly: readonly (readonly [string, string])[] = [
    ['long texts', 'self.x.all(i, self.s.contains(string(i)) || true)'],
    ['large comparisons', 'self.x.all(i, self.x == self.x.map(j, j))'],
    ['membership', 'self.x.all(i, (i + 1000000) in self.x || true)'],
    ['sums of lists', '(self.x + self.x + self.x).all(i, (self.x + self.x).size() > 0)'],
    ['patterns', "self.x.all(i, self.s.matches('(a+)+$') || true)"],
    ['sets', 'self.x.all(i, sets.contains(self.x, self.x))'],
  ];
  for (const [name, rule] of costly) {
    it(`are charged for ${name}`, () => {
      const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
      const check = compileRules(createLanguage(), withRules(open, { rule }));
      const x = Array.from({ length: 2_000 }, (_, index) => index);
      const causes = check?.({ x, s: 'a'.repeat(1_000_000) }, undefined) ?? [];
      expect(causes.map(({ message }) => message)).to.deep.equal([OVER_BUDGET]);
    });
  }

  it('never do anything but hold, fail or be refused, whatever they say', () => {
    const word = fc.constantFrom(
      'self',
      'oldSelf',
      'x',
      '.',
      '.?',
      'name',
      'tags',
      'all(x, ',
      'map(x, ',
      ')',
      '(',
      '[',
      ']',
      '{',
      '}',
      '==',
      'in',
      '&&',
      '||',
      '!',
      '?',
      ':',
      '+',
      '-',
      '1',
      '1.5',
      '1u',
      '"a"',
      'b"a"',
      'null',
      'size',
      'has(',
      ',',
      'true',
      'matches(',
      '"("',
      'quantity(',
      'format',
      'sets',
      '__proto__',
      'constructor',
      'optional.of(',
      'isSorted()',
    );
    const json = fc.dictionary(
      fc.constantFrom('name', 'tags', 'free', 'replicas', '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), json, (words, object) => {
        const schema = at([{ rule: words.join(' '), message: 'm' }]);
        if (declared(schema).length === 0) said(schema, { spec: object }, { spec: value });
      }),
      { numRuns: 500 },
    );
  });
});

describe('compileRules', () => {
  it('compiles the rules of what an object has, once, and no others', () => {
    const language = createLanguage();
    const made: string[] = [];
    const counting: typeof language = {
      ...language,
      compile(schema, rule) {
        made.push(rule.rule);
        return language.compile(schema, rule);
      },
    };
    const properties = Object.fromEntries(
      ['a', 'b', 'c'].map((key) => [
        key,
        withRules({ type: 'integer' }, { rule: `self > ${key.length}` }),
      ]),
    );
    const check = compileRules(counting, { type: 'object', properties });
    expect(check?.({ b: 2 }, undefined)).to.deep.equal([]);
    expect(check?.({ b: 1 }, undefined)).to.have.length(1);
    expect(made).to.deep.equal(['self > 1']);
  });
});

describe('ruleCauses', () => {
  it('reads no more than it may of the text of all rules, and says so', () => {
    const rule = `self > 1 || self == ${'1'.repeat(15)}`.padEnd(9_000);
    const properties = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [
        `p${index}`,
        withRules({ type: 'integer' }, { rule }),
      ]),
    );
    const [found, ...more] = ruleCauses(createLanguage(), { type: 'object', properties }, 'schema');
    expect(found?.message).to.include('may have 100000 characters together, and these have 108000');
    expect(more).to.deep.equal([]);
  });
});
