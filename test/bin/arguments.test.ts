import { expect } from 'chai';
import { readArguments } from '../../bin/arguments.ts';
import { COMMANDS, type CommandName } from '../../bin/command.ts';
import { ExitError } from '../../bin/exit.ts';
import { helpOf, USAGE } from '../../bin/help.ts';

function refusal(...args: string[]): ExitError {
  try {
    readArguments(args);
  } catch (error) {
    if (error instanceof ExitError) return error;
    throw error;
  }
  throw new Error(`accepted: ${args.join(' ')}`);
}

describe('the command line', () => {
  it('starts the hub when no command is given', () => {
    expect(readArguments([])).to.eql({ command: 'start', json: false });
  });

  it('reads the options of the management commands', () => {
    expect(readArguments(['nodes', '--url', 'http://h:1', '--token=t', '-o', 'json'])).to.eql({
      command: 'nodes',
      json: true,
      url: 'http://h:1',
      token: 't',
    });
    expect(readArguments(['validate', 'a.json'])).to.eql({ command: 'validate', json: false, file: 'a.json' });
  });

  it('answers --help and --version with every command', () => {
    for (const command of Object.keys(COMMANDS)) {
      expect(readArguments([command, '--help']).command).to.equal('help');
      expect(readArguments([command, '-v']).command).to.equal('version');
    }
  });

  it('explains each command by itself, with the options that it has', () => {
    const commands = Object.keys(COMMANDS) as CommandName[];
    const texts = commands.map((command) => {
      const { command: help, topic } = readArguments(command === 'start' ? ['start', '-h'] : [command, '--help']);
      expect(help).to.equal('help');
      return helpOf(topic);
    });
    expect(new Set([...texts, helpOf(readArguments(['--help']).topic)]).size).to.equal(commands.length + 1);
    for (const [index, command] of commands.entries()) {
      expect(texts[index]).to.match(
        command === 'start' ? /^Usage: mcphub \n/ : new RegExp(`^Usage: mcphub ${command}\\b`),
      );
      expect(texts[index]?.includes('--url'), command).to.equal(COMMANDS[command].api);
    }
  });

  it('does not start a hub for a misspelt command, and names the nearest one', () => {
    const error = refusal('statsu');
    expect(error.exitCode).to.equal(2);
    expect(error.message).to.contain('there is no command "statsu"; did you mean status?').and.to.contain(USAGE);
    expect(refusal('xyzzy').message).not.to.contain('did you mean');
  });

  it('refuses an unknown option, a missing value and a surplus argument, each with code 2', () => {
    expect(refusal('nodes', '--ulr', 'x').message).to.contain('nodes has no option --ulr; did you mean --url?');
    expect(refusal('--url', 'x').message).to.contain('start has no option --url');
    expect(refusal('nodes', '--url').exitCode).to.equal(2);
    expect(refusal('nodes', '-o', 'yaml').message).to.contain('-o yaml is not known; write -o json');
    expect(refusal('status', 'now').message).to.contain('status takes no argument "now"');
    expect(refusal('validate', 'a', 'b').message).to.contain('validate takes no argument "b"');
  });

  it('explains every command in the usage', () => {
    for (const command of Object.keys(COMMANDS).filter((name) => name !== 'start')) {
      expect(USAGE).to.match(new RegExp(`mcphub ${command}\\b`));
    }
  });
});
