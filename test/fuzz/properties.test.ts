import { PROPERTIES } from './properties.ts';

/** Fixed, so that a run of all tests says the same every time; `npm run fuzz` looks for what this seed does not find. */
const DEFAULT_SEED = 20_260_728;
const FILE = 'test/fuzz/properties.test.ts';

describe('whatever is sent', function () {
  this.timeout(120_000);
  const seed = Number(process.env.FUZZ_SEED ?? DEFAULT_SEED);
  if (!Number.isInteger(seed)) throw new Error(`FUZZ_SEED must be a whole number, not '${process.env.FUZZ_SEED}'`);

  for (const { name, share, check } of PROPERTIES) {
    it(`${name} (${share} cases)`, async () => {
      const { failure } = await check(share, seed);
      if (failure !== undefined) throw new Error(`${failure}\nRepeat: FUZZ_SEED=${seed} npx mocha ${FILE}`);
    });
  }
});
