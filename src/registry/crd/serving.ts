import { type Crd, isTrue } from './document.ts';

/** Whether the kind of a CustomResourceDefinition is served: its names were accepted once. */
export function isServed(crd: Crd): boolean {
  return isTrue(crd, 'NamesAccepted') || isTrue(crd, 'Established');
}

/** Whether two states of a CustomResourceDefinition serve the same, so that what was made of one still holds. */
export function sameKind(before: Crd, now: Crd): boolean {
  const { metadata: was } = before;
  const { metadata: is } = now;
  return (
    was.uid === is.uid &&
    was.generation === is.generation &&
    was.deletionTimestamp === is.deletionTimestamp
  );
}
