// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { expect } from 'chai';
import { expand } from '../../settings/expand.ts';

describe('settings/expand', () => {
  it('replaces ${NAME} and $NAME at any depth, and leaves keys and other types alone', () => {
    const value = {
      url: 'http://${HOST}:$PORT/mcp',
      args: ['-p', '$PORT'],
      deep: { n: 1, b: true, z: null, $PORT: 'x' },
    };
    expect(expand(value, { HOST: 'a', PORT: '80' }).value).to.deep.equal({
      url: 'http://a:80/mcp',
      args: ['-p', '80'],
      deep: { n: 1, b: true, z: null, $PORT: 'x' },
    });
  });

  it('does not change what it is given', () => {
    const value = Object.freeze({ env: Object.freeze({ A: '$X' }) });
    expect(expand(value, { X: '1' }).value).to.deep.equal({ env: { A: '1' } });
  });

  it('gives the empty string for an unset variable, and reports its name and place', () => {
    const { value, unset } = expand({ env: { A: 'a${NO}b', B: ['$NOT'] } }, { NOT: '' }, ['mcpServers', 's']);
    expect(value).to.deep.equal({ env: { A: 'ab', B: [''] } });
    expect(unset).to.deep.equal([
      { name: 'NO', path: ['mcpServers', 's', 'env', 'A'] },
      { name: 'NOT', path: ['mcpServers', 's', 'env', 'B', 0] },
    ]);
  });

  it('does not damage a password that contains a dollar sign', () => {
    expect(expand('${PASSWORD}', { PASSWORD: 'pa$WORD${X}', WORD: 'no', X: 'no' }).value).to.equal('pa$WORD${X}');
  });

  it('takes any text up to } as a name, but only capitals after a bare $', () => {
    expect(expand('${my.var} $lower $9 ${open $', { 'my.var': 'v', lower: 'no' }).value).to.equal(
      'v $lower $9 ${open $',
    );
  });

  it('trims the newline at the end of a secret, and leaves spaces where nothing was replaced', () => {
    expect(expand(['Bearer $TOKEN', ' plain '], { TOKEN: 'abc\n' }).value).to.deep.equal(['Bearer abc', ' plain ']);
  });

  it('does not take a name from the prototype of the environment', () => {
    expect(expand('${constructor}', {}).value).to.equal('');
  });
});
