import { expect } from 'chai';
import { createRequestTally } from '../../../src/telemetry/request-tally.ts';

const asked = { verb: 'GET', group: '', version: 'v1', resource: 'secrets', subresource: '' };
const labels = 'verb="GET",group="",version="v1",resource="secrets",subresource=""';

describe('the counts of requests', () => {
  it('are by what was asked for and how it was answered, each bucket with those below it', () => {
    const tally = createRequestTally();
    tally.answered(asked, 200, 0.001);
    tally.answered(asked, 200, 0.2);
    tally.answered(asked, 404, 90);
    const lines = tally.text().split('\n');
    expect(lines).to.include.members([
      `apiserver_request_total{${labels},code="200"} 2`,
      `apiserver_request_total{${labels},code="404"} 1`,
      `apiserver_request_duration_seconds_bucket{${labels},le="0.001"} 1`,
      `apiserver_request_duration_seconds_bucket{${labels},le="0.1"} 1`,
      `apiserver_request_duration_seconds_bucket{${labels},le="0.25"} 2`,
      `apiserver_request_duration_seconds_bucket{${labels},le="60"} 2`,
      `apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} 3`,
      `apiserver_request_duration_seconds_sum{${labels}} 90.201`,
      `apiserver_request_duration_seconds_count{${labels}} 3`,
    ]);
  });

  it('leave the time of watches out', () => {
    const tally = createRequestTally();
    tally.answered({ ...asked, verb: 'WATCH' }, 200, 60);
    expect(tally.text()).to.include('apiserver_request_total{verb="WATCH"');
    expect(tally.text()).not.to.include('_seconds_count{');
  });
});
