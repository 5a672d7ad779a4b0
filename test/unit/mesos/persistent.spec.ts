import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { keepVolumes, mountVolumes } from '../../../src/mesos/local/executor/persistent.ts';
import type { V1Resource } from '../../../src/mesos/v1.ts';

describe('folders of persistent volumes', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'titan-volumes-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('are made for what the agent has, and removed for what it has no more', () => {
    keepVolumes([volume('a'), volume('b')], [], root);
    keepVolumes([volume('b')], [volume('a'), volume('b')], root);
    expect(existsSync(join(root, 'titan', 'a'))).to.equal(false);
    expect(existsSync(join(root, 'titan', 'b'))).to.equal(true);
  });

  it('are linked where a container finds them, and nowhere outside', () => {
    const own = join(root, 'sandbox');
    const at = (container_path: string) => {
      const { disk, ...rest } = volume('a');
      return { ...rest, disk: { ...disk, volume: { mode: 'RW', container_path } } } as V1Resource;
    };
    const folders = { own, root: join(root, 'volumes') };
    expect(mountVolumes([at('deep/data')], folders)).to.equal(undefined);
    writeFileSync(join(own, 'deep', 'data', 'file'), '');
    expect(existsSync(join(root, 'volumes', 'titan', 'a', 'file'))).to.equal(true);
    expect(mountVolumes([at('../out')], folders)).to.include('not inside the sandbox');
  });

  it('are left alone where the agent has forgotten what it had', () => {
    mkdirSync(join(root, 'titan', 'precious'), { recursive: true });
    keepVolumes([volume('a')], [], root);
    expect(existsSync(join(root, 'titan', 'precious'))).to.equal(true);
  });
});

function volume(id: string): V1Resource {
  return {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 1 },
    reservations: [{ type: 'DYNAMIC', role: 'titan' }],
    disk: { persistence: { id } },
  };
}
