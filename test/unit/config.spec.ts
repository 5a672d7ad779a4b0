import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { read, readConfig } from '../../src/config.ts';

const settings = {
  listen: {
    flag: '--listen <host:port>',
    about: '',
    fallback: '127.0.0.1:7001',
    read: read.address,
  },
  domain: { flag: '--domain <name>', about: '', read: read.name },
  keepTasks: { flag: '--keep-tasks', about: '', fallback: 'false', read: read.switch },
  peers: { flag: '--peers <url>', about: '', many: true, read: read.url },
} as const;

describe('readConfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'titan-config-'));
  const file = join(folder, 'titan.yaml');
  after(() => rmSync(folder, { recursive: true }));

  it('prefers flags to the environment, that to the file, and that to the default', () => {
    writeFileSync(file, 'listen: 127.0.0.1:1\ndomain: from-file\nkeep-tasks: true\n');
    const all = {
      flags: { domain: 'from-flag' },
      environment: { TITAN_LISTEN: '127.0.0.1:2' },
      file,
    };
    expect(readConfig(settings, all)).to.deep.equal({
      listen: { host: '127.0.0.1', port: 2 },
      domain: 'from-flag',
      keepTasks: true,
      peers: [],
    });
  });

  it('takes a count from 1 on', () => {
    for (const text of ['1', '102400']) expect(read.count(text)).to.equal(Number(text));
    for (const text of ['0', '-1', '1.5', '', 'x', '01']) {
      expect(() => read.count(text), text).to.throw('expected a whole number from 1 on');
    }
  });

  it('leaves away what was not said and has no default', () => {
    const { domain, peers, listen } = readConfig(settings, { flags: {}, environment: {} });
    expect([domain, peers, listen.port]).to.deep.equal([undefined, [], 7001]);
  });

  it('takes a list from repeated flags and from the file', () => {
    writeFileSync(file, 'peers: ["http://a:1", "http://b:2/"]\n');
    const config = readConfig(settings, { flags: {}, environment: {}, file });
    expect(config.peers).to.deep.equal(['http://a:1', 'http://b:2']);
  });

  it('reports all faults together, with where each value came from', () => {
    writeFileSync(file, 'keep-tasks: perhaps\nkeeptasks: true\n');
    const sources = {
      flags: { domain: 'Not A Name' },
      environment: { TITAN_LISTEN: 'here' },
      file,
    };
    expect(() => readConfig(settings, sources))
      .to.throw()
      .with.property('message')
      .that.matches(/--domain is "Not A Name": expected a name/)
      .and.matches(/TITAN_LISTEN is "here": expected host:port/)
      .and.matches(/keep-tasks in the file is "perhaps": expected true or false/)
      .and.matches(/sets "keeptasks", which is no setting/);
  });
});
