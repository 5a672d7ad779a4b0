import type { ICompare, IRequestOp, IResponseOp, ITxnRequest, ITxnResponse } from 'etcd3';
import { encodeValue, type Keys, toEntry } from './etcd-values.ts';
import type {
  Condition,
  Entry,
  Operation,
  Revision,
  Transaction,
  TransactionResult,
} from './port.ts';
import { nativeOf, revisionAt } from './revision.ts';

/**
 * Several independent transactions as one of etcd's: each is nested in it with its own conditions.
 * Alone, it may have all the operations that etcd allows, so it is not nested.
 */
export function toTxn(batch: readonly Transaction[], keys: Keys): ITxnRequest {
  let place = 0;
  const requests = batch.map(({ when, write }): ITxnRequest => {
    const request = {
      compare: when.map((condition) => toCompare(condition, keys)),
      success: write.map((operation, at) => toRequest(operation, place + at, keys)),
      failure: when.map(({ key }) => ({ request_range: { key: keys.toEtcd(key) } })),
    };
    place += write.length;
    return request;
  });
  const [only] = requests;
  if (requests.length === 1 && only !== undefined) return only;
  return { success: requests.map((request_txn) => ({ request_txn })) };
}

/**
 * The answers to `toTxn`, in its order. A write's place is its index in the whole transaction; etcd
 * does not keep one for a delete, so that is one more than the place of the event before it, which
 * is what a watch of the whole store finds too.
 */
export function fromTxn(
  batch: readonly Transaction[],
  response: ITxnResponse,
  keys: Keys,
): TransactionResult[] {
  const native = Number(response.header.revision);
  const nested =
    batch.length === 1 ? [response] : response.responses.map(({ response_txn }) => response_txn);
  let place = 0;
  let last = -1;

  function revisionOf(
    operation: Operation,
    own: number,
    answer: IResponseOp | undefined,
  ): Revision {
    const deleted = Number(answer?.response_delete_range?.deleted ?? 0);
    if (operation.do === 'delete' && deleted === 0) return revisionAt(native, 0);
    last = operation.do === 'put' ? own : last + 1;
    return revisionAt(native, last);
  }

  return batch.map(({ write }, at): TransactionResult => {
    const first = place;
    place += write.length;
    const answer = nested[at];
    if (answer === undefined || !answer.succeeded) {
      return { ok: false, found: (answer?.responses ?? []).map((each) => found(each, keys)) };
    }
    const revisions = write.map((operation, i) =>
      revisionOf(operation, first + i, answer.responses[i]),
    );
    return { ok: true, revisions };
  });
}

function found({ response_range }: IResponseOp, keys: Keys): Entry | undefined {
  const [kv] = response_range.kvs;
  return kv && toEntry(keys, kv);
}

/**
 * etcd compares its own revision, which says enough: a key is written once in each. A revision that
 * is none of etcd's is compared with one that no key has.
 */
function toCompare({ key, revision }: Condition, keys: Keys): ICompare {
  const never = revision !== 0 && nativeOf(revision) === 0;
  return {
    key: keys.toEtcd(key),
    result: 'Equal',
    target: 'Mod',
    mod_revision: never ? -1 : nativeOf(revision),
  };
}

function toRequest(operation: Operation, place: number, keys: Keys): IRequestOp {
  const key = keys.toEtcd(operation.key);
  if (operation.do === 'delete') return { request_delete_range: { key } };
  const value = encodeValue(operation.value, place);
  const { lease } = operation;
  return { request_put: lease === undefined ? { key, value } : { key, value, lease } };
}
