/** Words that are no identifiers of CEL: a field of such a name is written in brackets, `subject["in"]`. */
export const reservedWords: readonly string[] = [
  ...["as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in"],
  ...["let", "loop", "namespace", "null", "package", "return", "true", "var", "void", "while"],
];
