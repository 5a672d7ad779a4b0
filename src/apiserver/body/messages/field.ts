/** How a field of a protobuf message is read into its JSON form. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'int'
  /** A number of which 0 means that there is none. */
  | 'count'
  | 'time'
  | 'micro-time'
  | 'string-map'
  | 'bytes-map'
  /** A map of messages that hold texts as their field 1. */
  | 'texts-map'
  | 'raw-json'
  | Message;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: boolean;
}

/** Field numbers as Kubernetes' API fixes them, each with its JSON name. */
export type Message = Readonly<Record<number, Field>>;

export function text(name: string): Field {
  return { name, type: 'string' };
}

export function texts(name: string): Field {
  return { name, type: 'string', repeated: true };
}

export function truth(name: string): Field {
  return { name, type: 'bool' };
}

export function integer(name: string): Field {
  return { name, type: 'int' };
}

export function one(name: string, type: FieldType): Field {
  return { name, type };
}

export function many(name: string, type: Message): Field {
  return { name, type, repeated: true };
}
