import { expect } from 'chai';
import { httpMaster } from '../../../src/mesos/http.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { quiet, readFixture, serveBytes } from '../../support/mesos.ts';

/** What the recorded operator streams say of agents, byte by byte through the client. */
describe('recorded operator streams', () => {
  const cases = [
    {
      stream: '09-agent-lost/05-operator-SUBSCRIBE',
      news: [
        'SUBSCRIBED',
        ...['TASK_UPDATED', 'TASK_UPDATED', 'AGENT_ADDED'],
        ...['TASK_UPDATED', 'TASK_UPDATED', 'AGENT_REMOVED', 'AGENT_ADDED'],
        ...['TASK_UPDATED', 'TASK_UPDATED', 'AGENT_REMOVED'],
      ],
    },
    {
      stream: '10-operator-api/01-operator-SUBSCRIBE',
      news: ['SUBSCRIBED', 'AGENT_ADDED', 'TASK_UPDATED'],
    },
  ];
  for (const { stream, news } of cases) {
    it(stream, async () => {
      const bytes = readFixture(`${stream}.operator.raw`);
      const server = await serveBytes(() => bytes);
      const master = httpMaster({ masters: [server.url], clock: systemClock(), log: quiet });
      const stop = new AbortController();
      const heard: string[] = [];
      for await (const type of master.operator.agentNews(stop.signal)) {
        heard.push(type);
        if (heard.length === news.length) stop.abort();
      }
      expect(heard).to.deep.equal(news);
      expect(server.requests[0]).to.match(/^POST \/api\/v1 HTTP\/1.1\r\n/);
      await master.close();
      await server.stop();
    });
  }
});
