import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import type { HubNamespace, Live, Place } from './hub-namespace.ts';

/** Milliseconds within which an edit is put back. */
export const SOON = 5_000;

/** An edit of an object that the operator made, and what must be as before. */
export interface Edit {
  place: Place;
  name: string;
  /** A merge patch. */
  edit: object;
  watched: (object: Live) => unknown;
}

/** Two tests for each object: that the edit is put back, and that there is a new object after a deletion. */
export function itIsPutBack(edits: readonly Edit[], hub: () => HubNamespace): void {
  for (const { place, name, edit, watched } of edits) {
    it(`is put back: ${place}/${name}`, async () => {
      const before = watched(await hub().get(place, name));
      const edited = await hub().patch(place, name, edit);
      expect(watched(edited), 'the edit changes something').not.to.eql(before);
      await eventually(
        'it is as before',
        async () => expect(watched(await hub().get(place, name))).to.eql(before),
        SOON,
      );
    });

    it(`does not last when it is a deletion: ${place}/${name}`, async () => {
      const { metadata } = await hub().get(place, name);
      await hub().delete(place, name);
      await eventually(
        'there is a new one',
        async () => expect((await hub().get(place, name)).metadata.uid).not.to.equal(metadata.uid),
        SOON,
      );
    });
  }
}
