// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the settings write variables like this
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSettings, settingsFromText } from '../../settings/load.ts';
import { transportOf } from '../../settings/transport.ts';

const load = (text: string, env: Record<string, string> = {}) => settingsFromText(text, env);

/** How each server is reached: its transport, and where. */
function reached(text: string, env: Record<string, string> = {}) {
  const { settings, faults } = load(text, env);
  expect(faults).to.deep.equal([]);
  return Object.fromEntries(
    Object.entries(settings.mcpServers).map(([name, config]) => {
      const where = config.url ?? [config.command, ...(config.args ?? [])].join(' ');
      return [name, `${config.enabled === false ? 'off ' : ''}${transportOf(config)} ${where}`];
    }),
  );
}

describe('settings files of other programs', () => {
  it('Claude Desktop and Claude Code: keys beside mcpServers, type http, headers with a default', () => {
    const file = `{
      "globalShortcut": "Ctrl+Space",
      "mcpServers": {
        "files": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/srv"] },
        "github": { "type": "http", "url": "https://\${HOST:-api.example}/mcp", "headers": { "Authorization": "Bearer \${TOKEN}" } }
      }
    }`;
    expect(reached(file, { TOKEN: 't' })).to.deep.equal({
      files: 'stdio npx -y @modelcontextprotocol/server-filesystem /srv',
      github: 'streamable-http https://api.example/mcp',
    });
    expect(load(file).warnings[0]).to.equal(
      'mcpServers.github.headers.Authorization: the variable TOKEN is not set; it counts as empty',
    );
  });

  it('VS Code: servers, inputs, comments; also below mcp in its settings', () => {
    const file = `{
      // asked for at the first start
      "inputs": [{ "type": "promptString", "id": "key", "description": "API key", "password": true }],
      "servers": {
        "perplexity": { "type": "stdio", "command": "npx", "args": ["-y", "ppx"], "env": { "KEY": "\${input:key}" } },
        "docs": { "type": "http", "url": "https://docs.example/mcp", },
      },
    }`;
    const { settings, warnings } = load(file, { 'input:key': 'k' });
    expect(settings.mcpServers).to.have.keys('perplexity', 'docs');
    expect(settings.mcpServers.perplexity?.env).to.deep.equal({ KEY: 'k' });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.match(/^inputs: a hub asks nobody/);
    expect(
      reached('{"editor.fontSize": 12, "mcp": {"servers": {"a": {"type": "sse", "url": "http://a"}}}}'),
    ).to.deep.equal({
      a: 'sse http://a',
    });
  });

  it('Cursor: env: in front of names, envFile beside env', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcphub-dialect-'));
    try {
      writeFileSync(join(folder, 'secrets.env'), '# ours\nexport A=file\r\nB="two words"\n');
      const entry = { type: 'stdio', command: 'x', env: { A: '${env:OWN}' }, envFile: '${env:DIR}/secrets.env' };
      const servers = {
        good: entry,
        lost: { ...entry, envFile: 'none.env' },
        off: { ...entry, envFile: 'x', enabled: false },
      };
      const path = join(folder, 'mcp_settings.json');
      writeFileSync(path, JSON.stringify({ mcpServers: servers }));
      const { settings, faults } = loadSettings(path, { OWN: 'own', DIR: folder });
      expect(settings.mcpServers.good?.env).to.deep.equal({ A: 'own', B: 'two words' });
      expect(faults).to.deep.equal([
        'mcpServers.lost.envFile: the file cannot be read (ENOENT); a relative path starts at the settings file',
      ]);
      expect(settingsFromText(JSON.stringify({ mcpServers: servers }), {}).faults, 'text alone reads no file').to.eql(
        [],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('Windsurf and Cline: serverUrl, disabled, disabledTools, types in one word', () => {
    const file = JSON.stringify({
      mcpServers: {
        wind: { serverUrl: 'https://w.example/mcp', disabledTools: ['drop', 'wipe'], tools: { wipe: { name: 'w' } } },
        off: { command: 'x', disabled: true, autoApprove: [] },
        on: { type: 'streamableHttp', url: 'https://c.example/mcp', disabled: false, timeout: 60, alwaysAllow: ['a'] },
        both: { command: 'y', enabled: true, disabled: true },
      },
    });
    expect(reached(file)).to.deep.equal({
      wind: 'remote https://w.example/mcp',
      off: 'off stdio x',
      on: 'streamable-http https://c.example/mcp',
      both: 'off stdio y',
    });
    const { settings, warnings } = load(file);
    expect(settings.mcpServers.wind?.tools).to.deep.equal({
      drop: { enabled: false },
      wipe: { name: 'w', enabled: false },
    });
    expect(warnings).to.deep.equal([
      'mcpServers.off.autoApprove: the key is not known and has no effect',
      'mcpServers.on.timeout: has no effect; write options.timeout, in milliseconds',
      'mcpServers.on.alwaysAllow: the key is not known and has no effect',
    ]);
  });

  it('Gemini CLI, Zed, OpenCode, Copilot, Cherry Studio, FastMCP: other names for the same', () => {
    expect(
      reached(
        JSON.stringify({
          context_servers: {
            zed: { source: 'custom', command: { path: 'z', args: ['1'], env: {} } },
            newer: { enabled: false, command: 'n', args: [] },
          },
          mcpServers: {
            gemini: {
              httpUrl: 'https://g.example/mcp',
              url: 'https://old.example/sse',
              excludeTools: ['x'],
              trust: true,
            },
            opencode: { type: 'local', command: ['bun', 'x', 'pkg'], environment: { A: 'b' } },
            copilot: { type: 'local', command: 'c', args: [], tools: ['*'] },
            cherry: { isActive: false, type: 'streamableHttp', url: 'https://h.example' },
            fast: { transport: 'streamable-http', url: 'https://f.example/mcp' },
          },
        }),
      ),
    ).to.deep.equal({
      zed: 'stdio z 1',
      newer: 'off stdio n',
      gemini: 'streamable-http https://g.example/mcp',
      opencode: 'stdio bun x pkg',
      copilot: 'stdio c',
      cherry: 'off streamable-http https://h.example',
      fast: 'streamable-http https://f.example/mcp',
    });
  });

  it('docker run in an entry stays a program with its arguments', () => {
    const args = ['run', '-i', '--rm', '-e', 'GITHUB_TOKEN', 'ghcr.io/github/github-mcp-server'];
    const file = JSON.stringify({ mcpServers: { github: { command: 'docker', args, env: { GITHUB_TOKEN: 't' } } } });
    expect(reached(file)).to.deep.equal({ github: `stdio docker ${args.join(' ')}` });
  });

  it('names faults by the keys that the file has', () => {
    const { faults } = load(
      '{"servers":{"a":{"command":"x","disabled":"true"},"b":{"transport":"carrier pigeon","serverUrl":5}}}',
    );
    expect(faults).to.deep.equal([
      'mcpServers.a.disabled: expected boolean, got string; write true or false without quotes',
      'mcpServers.b.transport: expected one of "stdio", "sse", "streamable-http", "openapi", got "carrier pigeon"',
      'mcpServers.b.serverUrl: expected string, got number; write it in double quotes',
    ]);
  });

  it('defaults may name variables; an empty one leaves the variable unset', () => {
    const entry = { command: 'x', args: ['${A:-${B}}', '${A:-b c}', '${B:-}'] };
    const { settings, warnings } = load(JSON.stringify({ mcpServers: { a: entry } }), { B: 'bee' });
    expect(settings.mcpServers.a?.args).to.deep.equal(['bee', 'b c', 'bee']);
    expect(warnings).to.deep.equal([]);
    const key = { bearerKeys: [{ token: '${KEY:-${OTHER}}' }] };
    expect(() => load(JSON.stringify(key))).to.throw('bearerKeys[0].token: ${OTHER} is not set');
    expect(() => load('{"bearerKeys":[{"token":"${KEY:-}"}]}')).to.throw('bearerKeys[0].token: ${KEY} is not set');
  });
});
