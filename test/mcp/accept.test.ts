import { expect } from 'chai';
import { accepts } from '../../mcp/accept.ts';

describe('an Accept header', () => {
  it('is understood in any case, with ranges and with weights', () => {
    for (const header of [
      undefined,
      '*/*',
      'Text/Event-Stream',
      'application/json, TEXT/EVENT-STREAM;q=0.5',
      'text/*',
      'text/event-stream ; charset=utf-8',
      'text/html;q=0, */*',
      'text/*;q=0, text/event-stream',
      '*/*;q=0,text/*;q=0.001',
    ]) {
      expect(accepts(header, 'text/event-stream'), String(header)).to.equal(true);
    }
  });

  it('does not take what it refuses or does not name', () => {
    for (const header of [
      '',
      'application/json',
      'text/event-streams',
      'x-text/event-stream',
      '*/*, text/event-stream;q=0',
      'text/*;q=0.000, */*',
      'application/*',
    ]) {
      expect(accepts(header, 'text/event-stream'), header).to.equal(false);
    }
  });
});
