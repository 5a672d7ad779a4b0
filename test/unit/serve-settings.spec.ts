import { expect } from 'chai';
import { asTitanError } from '../../src/api/error.ts';
import { type ServeConfig, serveCommand } from '../../src/cli/serve.ts';

const enough = ['--domain', 'dc1', '--region', 'r1', '--data', '/var/lib/titan'];
const mesos = ['--mesos', 'https://10.0.0.1:5050'];

/** What `titan serve` runs with, or what it says instead. */
async function parse(...flags: readonly string[]): Promise<ServeConfig | string> {
  let config: ServeConfig | undefined;
  const command = serveCommand({
    environment: {},
    run: async (given) => {
      config = given;
    },
  });
  try {
    await command.parseAsync([...enough, ...flags], { from: 'user' });
    return config ?? 'nothing';
  } catch (error) {
    return asTitanError(error).message;
  }
}

describe('titan serve and its Mesos', () => {
  it('keeps the tasks for a week, takes no GPUs and no new id unless told', async () => {
    expect(await parse(...mesos)).to.include({
      failoverMs: 7 * 24 * 3_600_000,
      gpus: false,
      allowNewFrameworkId: false,
    });
    const told = ['--gpus', '--allow-new-framework-id', '--failover-timeout-seconds', '60'];
    expect(await parse(...mesos, ...told)).to.include({
      failoverMs: 60_000,
      gpus: true,
      allowNewFrameworkId: true,
    });
  });

  const faults = [
    [['--mesos', 'http://10.0.0.1:5050', '--mesos-ca', 'ca.pem'], /--mesos-ca is for masters/],
    [[...mesos, '--secret', 's3'], /--secret needs --principal/],
    [[...mesos, '--failover-timeout-seconds', '0'], /must be at least 1/],
  ] as const;
  for (const [flags, said] of faults) {
    it(`refuses ${flags.join(' ')}`, async () => {
      expect(await parse(...flags)).to.match(said);
    });
  }
});
