import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parseDocument } from "yaml";
import { configurationPath } from "../configuration-path.ts";
import { print } from "../terminal.ts";

export type Shell = "bash" | "zsh" | "fish";

/** Prints what a shell needs to complete commands, options and the names of accounts. */
export async function completion(shell: Shell): Promise<void> {
  await print(scripts[shell]);
}

/** The words that may come next; the shell's functions call it. It reads the configuration's names, and no secret. */
export async function complete(program: Command, words: readonly string[]): Promise<void> {
  const [word = ""] = words.slice(-1);
  const before = words.slice(0, -1).filter((one) => !one.startsWith("-"));
  let command = program;
  for (const name of before) command = command.commands.find((one) => one.name() === name) ?? command;
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const names = command.commands.map((one) => one.name()).filter((name) => name !== "complete");
  const accounts = command.registeredArguments.some(({ description }) => /account/.test(description))
    ? accountNames()
    : [];
  const known = word.startsWith("-") ? options : [...names, ...accounts];
  await print(
    known
      .filter((one) => one.startsWith(word))
      .map((one) => `${one}\n`)
      .join(""),
  );
}

function accountNames(): string[] {
  try {
    const document = parseDocument(readFileSync(configurationPath(undefined), "utf8"), { logLevel: "silent" });
    const { accounts = {}, use = {} } = document.toJS() as Readonly<Record<string, object | undefined>>;
    return [...Object.keys(accounts), ...Object.keys(use)].filter((name) => /^[\w$-]+$/.test(name));
  } catch {
    // A configuration with a mistake in it is no reason to disturb somebody who types.
    return [];
  }
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# eval "$(broker-auth completion bash)" in ~/.bashrc
_broker_auth() {
  local IFS=$'\\n'
  COMPREPLY=($(broker-auth complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _broker_auth broker-auth
`,
  zsh: `# eval "$(broker-auth completion zsh)" in ~/.zshrc, after compinit
_broker_auth() {
  local -a found
  found=("\${(@f)$(broker-auth complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _broker_auth broker-auth
`,
  fish: `# broker-auth completion fish > ~/.config/fish/completions/broker-auth.fish
complete -c broker-auth -f -a '(set -l words (commandline -opc) (commandline -ct); broker-auth complete -- $words[2..-1] 2>/dev/null)'
`,
};
