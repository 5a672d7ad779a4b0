import { TitanError } from '../../api/error.ts';
import type { Body } from '../../registry/port.ts';
import type { Clock } from '../../runtime/port.ts';
import { parseJson } from './json.ts';
import { parseProtobuf } from './protobuf.ts';
import { parseYaml } from './yaml.ts';

const BODY_MAX_BYTES = 3 * 1024 * 1024;

/** Beyond this many bytes a sender is cut off, rather than read to the end to be answered. */
const DISCARD_MAX_BYTES = 8 * BODY_MAX_BYTES;

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** A body must have come whole in this time. */
const BODY_MS = 60_000;

/** Reads a body to its end. @throws RequestEntityTooLarge, Timeout for one that does not come */
export function readBytes(source: AsyncIterable<Uint8Array>, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(BODY_MS, () => {
      reject(new TitanError('Timeout', `the body did not come whole in ${BODY_MS / 1_000} s`));
    });
    readAll(source).then(resolve, reject).finally(cancel);
  });
}

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size <= BODY_MAX_BYTES) chunks.push(chunk);
    if (size > DISCARD_MAX_BYTES) break;
  }
  if (size > BODY_MAX_BYTES) {
    throw new TitanError(
      'RequestEntityTooLarge',
      `Request entity too large: limit is ${BODY_MAX_BYTES}`,
    );
  }
  return Buffer.concat(chunks);
}

/** `application/json` of `Application/JSON; charset=utf-8`; the empty text where there is none. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * Reads an object from a request's body: JSON, also where no type is named; YAML; and protobuf for the
 * built-in kinds.
 *
 * @throws UnsupportedMediaType, BadRequest
 */
export function parseObject(bytes: Buffer, contentType: string | undefined): Body {
  switch (mediaType(contentType)) {
    case '':
    case 'application/json':
      return parseJson(bytes.toString());
    case 'application/yaml':
      return parseYaml(bytes.toString());
    case PROTOBUF:
      return parseProtobuf(bytes);
    default:
      throw unsupported(['application/json', 'application/yaml', PROTOBUF]);
  }
}

/** @see parseObject */
export function unsupported(accepted: readonly string[]): TitanError {
  return new TitanError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: ' +
      accepted.join(', '),
  );
}
