import { Problem } from "@rollerblade/errors";

import { shells } from "./shells.ts";

const scripts: Readonly<Record<(typeof shells)[number], string>> = {
  bash: `_rollerblade() {
  local IFS=$'\\n'
  COMPREPLY=($(rollerblade complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  compopt -o nosort 2>/dev/null
  [[ \${COMPREPLY[0]} == *. ]] && compopt -o nospace
  return 0
}
COMP_WORDBREAKS=\${COMP_WORDBREAKS//:/}
complete -o default -F _rollerblade rollerblade`,
  zsh: `#compdef rollerblade
_rollerblade() {
  local -a found
  found=(\${(f)"$(rollerblade complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -S '' -a found
}
compdef _rollerblade rollerblade`,
  fish: `complete -c rollerblade -f -a '(rollerblade complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
};

/** What a shell runs to learn to complete. @throws Problem `invalid` for another shell */
export const completionScript = (shell: string): string => {
  const found = shells.find((one) => one === shell);
  if (found !== undefined) return scripts[found];
  throw new Problem({
    code: "invalid",
    message: `There is no completion for "${shell}".`,
    subject: shell,
    next: `Choose one of ${shells.join(", ")}.`,
  });
};
