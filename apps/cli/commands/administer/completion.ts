import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type CommandFactory, defineCommand } from '../../cli.js';
import { projectFolder } from '../../client/settings.js';
import { EXIT, Failure } from '../../failure.js';

interface Words {
  /** Command path, like "" or "token create". */
  readonly path: string;
  readonly words: readonly string[];
  /** Option → the values it takes, where those are known. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

/** What can follow each command, read off the commands themselves. */
export function completionWords(command: Command, path = ''): Words[] {
  const visible = command.commands.filter((c) => c.name() !== 'help');
  const options = command.options.flatMap((o) => (o.long ? [o.long] : []));
  const own: Words = {
    path,
    words: [...visible.map((c) => c.name()), ...options, '--help'],
    choices: Object.fromEntries(
      command.options.flatMap((o) => (o.long && o.argChoices ? [[o.long, o.argChoices]] : [])),
    ),
  };
  return [own, ...visible.flatMap((c) => completionWords(c, `${path} ${c.name()}`.trim()))];
}

const words = (list: readonly string[]): string => list.join(' ');

/** Lines of a `case "$path"` that set `words`, or of a `case "$path $previous"` that set the choices of an option. */
function cases(all: readonly Words[]): { commands: string; choices: string } {
  return {
    commands: all.map((w) => `    '${w.path}') words='${words(w.words)}' ;;`).join('\n'),
    choices: all
      .flatMap((w) =>
        Object.entries(w.choices).map(([option, values]) => `    '${w.path} ${option}') words='${words(values)}' ;;`),
      )
      .join('\n'),
  };
}

const launcher = (): string => join(projectFolder(), 'apps/cli/ratchet.mjs');

/** `ratchet` itself, where it is not on the PATH: npx is not needed then. */
const shellFunction = (): string => `command -v ratchet >/dev/null || ratchet() { node '${launcher()}' "$@"; }`;

function bash(all: readonly Words[]): string {
  const { commands, choices } = cases(all);
  const known = words(all.map((w) => `'${w.path}'`).filter((p) => p !== "''"));
  return `# bash completion of ratchet
${shellFunction()}
_ratchet() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' i candidate known
  for ((i = 1; i < COMP_CWORD; i++)); do
    candidate="\${path:+$path }\${COMP_WORDS[i]}"
    for known in ${known}; do [[ "$known" == "$candidate" ]] && path="$candidate"; done
  done
  case "$path $previous" in
${choices}
  esac
  if [[ -z "$words" ]]; then
    case "$path" in
${commands}
    esac
    [[ "$path" == import || "$path" == 'models validate' || "$previous" == *-log ]] && COMPREPLY=($(compgen -f -- "$current"))
  fi
  COMPREPLY+=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _ratchet ratchet
`;
}

function zsh(all: readonly Words[]): string {
  return `# zsh completion of ratchet
autoload -U +X bashcompinit && bashcompinit
${bash(all)}`;
}

function fish(all: readonly Words[]): string {
  const quote = (text: string): string => `'${text}'`;
  const lines = all.flatMap((w) => {
    const seen = w.path.split(' ').filter(Boolean);
    const condition =
      seen.length === 0
        ? '__fish_use_subcommand'
        : seen.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
    return w.words.map((word) =>
      word.startsWith('--')
        ? `complete -c ratchet -n ${quote(condition)} -l ${word.slice(2)}${w.choices[word] ? ` -x -a ${quote(words(w.choices[word]))}` : ''}`
        : `complete -c ratchet -f -n ${quote(condition)} -a ${word}`,
    );
  });
  return `# fish completion of ratchet
type -q ratchet; or function ratchet; node ${quote(launcher())} $argv; end
${lines.join('\n')}
`;
}

const SHELLS = { bash, zsh, fish } as const;
const Shell = z.enum(['bash', 'zsh', 'fish']);

export const completion: CommandFactory = (parent, open) =>
  defineCommand({
    usage: 'completion <shell>',
    summary: 'Print a completion script for bash, zsh or fish',
    description:
      'Prints a script that completes commands, options and their values, and that defines "ratchet" as a command if it is not on the PATH.',
    options: [],
    schema: z.object({}),
    examples: [
      'eval "$(npx ratchet completion bash)"     # in ~/.bashrc, with the clone as current folder',
      'npx ratchet completion zsh > ~/.ratchet-completion.zsh',
      'npx ratchet completion fish | source',
    ],
    async run({ screen }, _options, [name]) {
      const shell = Shell.safeParse(name);
      if (!shell.success)
        throw new Failure(`There is no completion for "${name}".`, 'There is: bash, zsh and fish.', {
          exitCode: EXIT.usage,
        });
      const script = SHELLS[shell.data](completionWords(parent));
      screen.result({ shell: shell.data, script }, () => [script.trimEnd()]);
    },
  })(parent, open);
