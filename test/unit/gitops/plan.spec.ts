import { expect } from 'chai';
import { type DesiredObject, readDocuments } from '../../../src/gitops/document.ts';
import { planSync, type Step } from '../../../src/gitops/plan.ts';

const options = { set: 'team', namespace: 'default' };
const reading = readDocuments('f.yaml', 'name: web\nversion: "1"\n');
const owned = (name: string): DesiredObject => ({
  apiVersion: 'titan.dev/v1beta1',
  kind: 'Job',
  metadata: { name, namespace: 'default' },
});

function line(step: Step): string {
  return `${step.do} ${step.object.metadata.namespace}/${step.object.metadata.name}`;
}

describe('planSync', () => {
  it('applies what is declared, with the label of its set', () => {
    const { steps } = planSync(reading, [], options);
    expect(steps.map(line)).to.deep.equal(['apply default/web']);
    expect(steps[0]?.object.metadata.labels).to.deep.equal({ 'titan.dev/sync-set': 'team' });
  });

  it('prunes what the set owns and nothing declares', () => {
    const { steps } = planSync(reading, [owned('web'), owned('old')], options);
    expect(steps.map(line)).to.deep.equal(['apply default/web', 'prune default/old']);
  });

  it('prunes nothing while a file is broken, and says so', () => {
    const broken = { ...reading, problems: [{ file: 'g.yaml', line: 1, message: 'bad' }] };
    const { steps, pruningHeld } = planSync(broken, [owned('web'), owned('old')], options);
    expect(steps.map(line)).to.deep.equal(['apply default/web']);
    expect(pruningHeld).to.equal('not pruned while a file is broken: Job default/old');
  });
});
