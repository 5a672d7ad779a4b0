import { Command, Option } from 'commander';
import { read, type Settings, variableName } from '../config.ts';

/** A setting of every program that places tasks. */
export const schedulerPlugins = {
  flag: '--scheduler-plugin <file>',
  about:
    'a module whose rules, fitness and schedulers jobs and capacity groups may name; may be repeated',
  many: true,
  read: read.text,
} as const;

/** A command whose options are a table of settings; values stay texts until the configuration is read. */
export function commandOf(name: string, settings: Settings): Command {
  const command = new Command(name);
  for (const [key, setting] of Object.entries(settings)) {
    command.addOption(
      withAttribute(new Option(setting.flag, about(setting)), key, setting.many === true),
    );
  }
  return command.option('--config <file>', 'a YAML file with any of these, named as the flags');
}

function about(setting: Settings[string]): string {
  const fallback =
    setting.fallback === undefined || setting.fallback === 'false'
      ? ''
      : `; ${setting.fallback} unless told`;
  return `${setting.about} [$${variableName(setting)}${fallback}]`;
}

function withAttribute(option: Option, key: string, many: boolean): Option {
  option.attributeName = () => key;
  if (many) {
    option.argParser((text: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      text,
    ]);
  }
  return option;
}
