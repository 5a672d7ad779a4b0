import { type Environment, Optional } from '@marcbachmann/cel-js';

/** A form of text that can be asked for by name. */
class Format {
  readonly problem: (text: string) => string | undefined;

  constructor(problem: (text: string) => string | undefined) {
    this.problem = problem;
  }
}

class Formats {}

function form(pattern: RegExp, max: number, what: string): Format {
  return new Format((text) => {
    if (text.length > max) return `must be no more than ${max} characters`;
    return pattern.test(text) ? undefined : what;
  });
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const FORMATS: Readonly<Record<string, Format>> = {
  dns1123Label: form(
    LABEL,
    63,
    'a lowercase RFC 1123 label must consist of lower case letters, digits or -',
  ),
  dns1123Subdomain: form(
    SUBDOMAIN,
    253,
    'a lowercase RFC 1123 subdomain must consist of labels separated by dots',
  ),
  dns1035Label: form(
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    63,
    'a DNS-1035 label must begin with a lower case letter',
  ),
  qualifiedName: new Format((text) => {
    const [name = '', prefix, ...rest] = text.split('/').toReversed();
    const isName = NAME.test(name) && name.length <= 63 && rest.length === 0;
    if (isName && (prefix === undefined || SUBDOMAIN.test(prefix))) return undefined;
    return 'a qualified name must be a name with an optional DNS subdomain prefix and /';
  }),
  labelValue: form(
    /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
    63,
    'a valid label must be a name or empty',
  ),
  uri: new Format((text) => (URL.canParse(text) ? undefined : 'must be a URI')),
  uuid: form(
    /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i,
    36,
    'must be a UUID',
  ),
  byte: form(/^[A-Za-z0-9+/]*={0,2}$/, 1_000_000, 'must be base64'),
  date: form(/^\d{4}-\d\d-\d\d$/, 10, 'must be a date'),
  datetime: new Format((text) =>
    Number.isNaN(Date.parse(text)) ? 'must be a date and time' : undefined,
  ),
};

/** Kubernetes' named formats, as `format.dns1123Label().validate(self)`. */
export function registerFormats(env: Environment): void {
  const sync = { async: false };
  env.registerType('kubernetes.NamedFormat', Format);
  env.registerType('kubernetes.Formats', Formats);
  env.registerConstant('format', 'kubernetes.Formats', new Formats());
  for (const [name, one] of Object.entries(FORMATS)) {
    env.registerFunction(`kubernetes.Formats.${name}(): kubernetes.NamedFormat`, () => one, sync);
  }
  env.registerFunction(
    'kubernetes.Formats.named(string): optional<kubernetes.NamedFormat>',
    (_: Formats, name: string) => {
      const found = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
      return found === undefined ? Optional.none() : Optional.of(found);
    },
    sync,
  );
  env.registerFunction(
    'kubernetes.NamedFormat.validate(string): optional<list<string>>',
    ({ problem }: Format, text: string) => {
      const found = problem(text);
      return found === undefined ? Optional.none() : Optional.of([found]);
    },
    sync,
  );
}
