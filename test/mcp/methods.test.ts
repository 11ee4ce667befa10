import { expect } from 'chai';
import { HOP_BY_HOP } from '../../mcp/headers.ts';
import { isLogLevel, LOG_LEVELS, SIDE_EFFECT_FREE } from '../../mcp/methods.ts';

describe('methods', () => {
  it('never lets a tool call or a subscription be sent twice', () => {
    for (const method of [
      'tools/call',
      'resources/subscribe',
      'resources/unsubscribe',
      'logging/setLevel',
      'tasks/cancel',
      'tasks/update',
      'tasks/result',
    ]) {
      expect(SIDE_EFFECT_FREE.has(method), method).to.equal(false);
    }
  });

  it('orders the log levels from least to most severe', () => {
    expect(LOG_LEVELS.indexOf('debug')).to.equal(0);
    expect(LOG_LEVELS.indexOf('error')).to.be.greaterThan(LOG_LEVELS.indexOf('warning'));
    expect(LOG_LEVELS.at(-1)).to.equal('emergency');
    expect([isLogLevel('warn'), isLogLevel('warning'), isLogLevel(3)]).to.deep.equal([false, true, false]);
  });
});

describe('hop-by-hop headers', () => {
  it('keeps the headers of one hop from the next, and MCP headers out of that list', () => {
    for (const name of [
      'connection',
      'keep-alive',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
      'proxy-connection',
    ]) {
      expect(HOP_BY_HOP.has(name), name).to.equal(true);
    }
    for (const name of ['mcp-session-id', 'last-event-id', 'authorization', 'content-type', 'accept']) {
      expect(HOP_BY_HOP.has(name), name).to.equal(false);
    }
  });
});
