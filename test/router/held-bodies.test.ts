import { expect } from 'chai';
import { ROUTER_DEFAULTS } from '../../router/config.ts';
import type { RouterContext } from '../../router/context.ts';
import type { Route } from '../../router/edge/classify.ts';
import { readHead } from '../../router/edge/head.ts';
import { HeldBodies, heldSize } from '../../router/edge/held-bodies.ts';
import { DEFAULTS } from '../../settings/defaults.ts';
import { parseSettings } from '../../settings/load.ts';
import { fixedSettings } from '../../settings/store.ts';

const { heldBodySize, heldInTransition } = ROUTER_DEFAULTS;
const { requestBytes } = DEFAULTS;
const MIB = 1024 * 1024;

describe('router: how much of a body is held', () => {
  function held(limit: number, inTransition = false) {
    const heldBodies = new HeldBodies(limit);
    const settings = fixedSettings(parseSettings({}));
    const context = { registry: { inTransition }, heldBodies, settings } as unknown as RouterContext;
    const size = (era: Route['era'], method: string, ...length: string[]) => {
      const head = readHead(['Mcp-Method', method, ...(length.length === 2 ? length : ['Content-Length', ...length])]);
      return heldSize(context, { era } as Route, head);
    };
    return { heldBodies, size };
  }

  it('holds large bodies of modern calls only, since others do not say in the body where they must go', () => {
    const { size } = held(100 * MIB);
    const large = { held: requestBytes, reserved: 3 * MIB };
    for (const method of ['tools/call', 'prompts/get', 'resources/read']) {
      expect(size('modern', method, `${3 * MIB}`), method).to.deep.equal(large);
      expect(size('legacy', method, `${3 * MIB}`), method).to.deep.equal({ held: heldBodySize, reserved: 0 });
    }
    expect(size('modern', 'tools/list', `${3 * MIB}`)).to.deep.equal({ held: heldBodySize, reserved: 0 });
    expect(size('modern', 'tools/call', '100')).to.deep.equal({ held: heldBodySize, reserved: 0 });
    expect(size('modern', 'tools/call', `${requestBytes + 1}`)).to.deep.equal({ held: heldBodySize, reserved: 0 });
    expect(size('modern', 'tools/call', 'transfer-encoding', 'chunked')).to.deep.equal({
      held: requestBytes,
      reserved: requestBytes,
    });
    expect(held(MIB, true).size('legacy', 'tools/call', '100').held).to.equal(heldInTransition);
  });
  it('does not hold more than a fixed amount together, and holds again what becomes free', () => {
    const { size, heldBodies } = held(5 * MIB);
    const first = size('modern', 'tools/call', `${3 * MIB}`);
    expect(size('modern', 'tools/call', `${3 * MIB}`)).to.deep.equal({ held: heldBodySize, reserved: 0 });
    heldBodies.release(first.reserved);
    expect(size('modern', 'tools/call', `${3 * MIB}`)).to.deep.equal(first);
  });
});
