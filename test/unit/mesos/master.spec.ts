import { keepsMasterContract } from '../../contract/master.ts';
import { directBench, httpBench } from '../../support/mesos-bench.ts';

describe('the local master, in process', () => keepsMasterContract(directBench));
describe('the local master, over HTTP', () => keepsMasterContract(httpBench));
